<?php
// Responses by the classes of SimpleSAMLphp (Debian package simplesamlphp). Run by saml_messages.sh with the folder as argument.
error_reporting(E_ERROR | E_PARSE);
require '/usr/share/simplesamlphp/vendor/autoload.php';

use RobRichards\XMLSecLibs\XMLSecurityKey;
use SAML2\Assertion;
use SAML2\Constants;
use SAML2\Response;
use SAML2\XML\saml\Issuer;
use SAML2\XML\saml\NameID;
use SAML2\XML\saml\SubjectConfirmation;
use SAML2\XML\saml\SubjectConfirmationData;

const IDP = 'https://idp.interop.test/metadata', SP = 'https://sp.interop.test/metadata', ACS = 'https://sp.interop.test/acs';
const REQUEST = '_req-interop-0001', USER = 'alice-canary@idp.interop.test';
$work = $argv[1];

class Container extends SAML2\Compat\AbstractContainer
{
    public function getLogger(): Psr\Log\LoggerInterface { return new Psr\Log\NullLogger(); }
    public function generateId(): string { return '_' . bin2hex(random_bytes(20)); }
    public function debugMessage($message, string $type): void {}
    public function redirect(string $url, array $data = []): void {}
    public function postRedirect(string $url, array $data = []): void {}
    public function getTempDir(): string { return sys_get_temp_dir(); }
    public function writeFile(string $filename, string $data, int $mode = null): void {}
}
SAML2\Compat\ContainerSingleton::setContainer(new Container());

function key_of(string $algorithm, string $file, string $type): XMLSecurityKey
{
    $key = new XMLSecurityKey($algorithm, ['type' => $type]);
    $key->loadKey($file, true);
    return $key;
}

function mint(string $what, bool $response_signed, bool $assertion_signed, string $algorithm, bool $encrypted = false): void
{
    global $work;
    $certificate = file_get_contents("$work/idp.crt");
    $key = key_of($algorithm, "$work/idp.key", 'private');
    $issuer = new Issuer();
    $issuer->setValue(IDP);
    $assertion = new Assertion();
    $assertion->setIssuer($issuer);
    $assertion->setNotBefore(time());
    $assertion->setNotOnOrAfter(time() + 300);
    $assertion->setAuthnInstant(time());
    $assertion->setAuthnContextClassRef(Constants::AC_PASSWORD);
    $assertion->setValidAudiences([SP]);
    $assertion->setAttributes(['mail' => [USER], 'displayName' => ['Älice & <Bob>']]);
    $name = new NameID();
    $name->setValue(USER);
    $name->setFormat(Constants::NAMEID_PERSISTENT);
    $assertion->setNameId($name);
    $data = new SubjectConfirmationData();
    $data->setNotOnOrAfter(time() + 300);
    $data->setRecipient(ACS);
    $data->setInResponseTo(REQUEST);
    $confirmation = new SubjectConfirmation();
    $confirmation->setMethod(Constants::CM_BEARER);
    $confirmation->setSubjectConfirmationData($data);
    $assertion->setSubjectConfirmation([$confirmation]);
    if ($assertion_signed) {
        $assertion->setSignatureKey($key);
        $assertion->setCertificates([$certificate]);
    }
    if ($encrypted) {
        $inner = new SAML2\EncryptedAssertion();
        $inner->setAssertion($assertion, key_of(XMLSecurityKey::RSA_OAEP_MGF1P, "$work/sp.crt", 'public'));
        $assertion = $inner;
    }
    $response = new Response();
    $response->setIssuer($issuer);
    $response->setInResponseTo(REQUEST);
    $response->setDestination(ACS);
    $response->setAssertions([$assertion]);
    if ($response_signed) {
        $response->setSignatureKey($key);
        $response->setCertificates([$certificate]);
    }
    $element = $response_signed ? $response->toSignedXML() : $response->toUnsignedXML();
    $args = ['--idp-cert', "$work/{KEY}.crt", '--idp-entity-id', IDP, '--sp-entity-id', SP, '--acs', ACS, '--request-id', REQUEST,
        '--at', 'issue-instant'];
    if ($encrypted) {
        array_push($args, '--sp-key', "$work/sp.key", '--allow', 'cbc=tests:2100-01-01');
    }
    $entry = ['peer' => 'SimpleSAMLphp', 'what' => $what, 'text' => $element->ownerDocument->saveXML($element), 'refused' => null,
        'encrypted' => $encrypted, 'command' => 'check', 'args' => $args];
    file_put_contents("$work/messages.jsonl", json_encode($entry) . "\n", FILE_APPEND);
}

foreach (['rsa-sha256' => XMLSecurityKey::RSA_SHA256, 'rsa-sha512' => XMLSecurityKey::RSA_SHA512] as $name => $algorithm) {
    mint("Response signed, $name", true, false, $algorithm);
    mint("Assertion signed, $name", false, true, $algorithm);
    mint("both signed, $name", true, true, $algorithm);
}
mint('Assertion signed, then encrypted', false, true, XMLSecurityKey::RSA_SHA256, true);
mint('and the Response signed around it', true, true, XMLSecurityKey::RSA_SHA256, true);
