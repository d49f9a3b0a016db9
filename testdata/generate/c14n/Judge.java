import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.apache.xml.security.c14n.Canonicalizer;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/** Canonicalises N.in as N.how says (algorithm, selection, prefixes) and writes N.out: the second opinion of make.py. */
final class Judge {
    public static void main(String[] args) throws Exception {
        org.apache.xml.security.Init.init();
        DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
        factory.setNamespaceAware(true);
        for (int index = 0; index < Integer.parseInt(args[1]); index++) {
            Path input = Path.of(args[0], index + ".in");
            List<String> how = new ArrayList<>(List.of(Files.readString(Path.of(args[0], index + ".how")).split("\n", -1)));
            Document document = factory.newDocumentBuilder().parse(input.toFile());
            Element apex = apex(document, how.get(1));
            Canonicalizer canonicalizer = Canonicalizer.getInstance(how.get(0));
            byte[] out = how.get(2).isEmpty()
                    ? canonicalizer.canonicalizeSubtree(apex)
                    : canonicalizer.canonicalizeSubtree(apex, how.get(2));
            Files.writeString(Path.of(args[0], index + ".out"), new String(out, StandardCharsets.UTF_8));
        }
    }

    private static Element apex(Document document, String selection) {
        if (selection.equals("/*")) {
            return document.getDocumentElement();
        }
        NodeList all = document.getElementsByTagNameNS("*", "*");
        if (selection.startsWith("#")) {
            String[] parts = selection.substring(1).split(" ");
            NodeList signatures = document.getElementsByTagNameNS("http://www.w3.org/2000/09/xmldsig#", "Signature");
            Element signature = (Element) signatures.item(Integer.parseInt(parts[1]) - 1);
            signature.getParentNode().removeChild(signature);
            for (int i = 0; i < all.getLength(); i++) {
                if (((Element) all.item(i)).getAttribute("ID").equals(parts[0])) {
                    return (Element) all.item(i);
                }
            }
        }
        String name = selection.split("'")[1];
        for (int i = 0; i < all.getLength(); i++) {
            if (all.item(i).getLocalName().equals(name)) {
                return (Element) all.item(i);
            }
        }
        throw new IllegalArgumentException(selection);
    }
}
