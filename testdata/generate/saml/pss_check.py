"""RSA-PSS donors: xmlsec1 1.2 cannot judge them, python cryptography can."""
from cryptography.x509 import load_pem_x509_certificate
from cryptography.hazmat.primitives.asymmetric import padding

from lib import *


def run_all(pss):
    pub = load_pem_x509_certificate(read(os.path.join(CERTS, "k.crt"), "rb")).public_key()
    for name, rel, data in pss:
        h = "sha" + name[-3:]
        tree = parse(data)
        si = next(tree.iter(f"{{{DS}}}SignedInfo"))
        value = base64.b64decode("".join(next(tree.iter(f"{{{DS}}}SignatureValue")).text.split()))
        pub.verify(value, exc_c14n(si), padding.PSS(mgf=padding.MGF1(HASHES[h]()), salt_length=HASHES[h].digest_size), HASHES[h]())
        digest = next(tree.iter(f"{{{DS}}}DigestValue")).text
        s = next(tree.iter(f"{{{DS}}}Signature"))
        parent = s.getparent()
        drop(s)
        assert digest == b64(hash_of(h, exc_c14n(parent))), name
    print(len(pss), "RSA-PSS messages verify")
