package birdlog;

import de.bwaldvogel.mongo.bson.Document;

import java.util.ArrayList;
import java.util.List;

/** What goes back to a client. */
final class Reply {

    private Reply() {
    }

    /**
     * The reply without the live documents in it.
     *
     * <p>One level is enough: an update works on a deep copy of the stored document and then puts
     * the values of that copy into it, so what hangs below the first level never changes.
     */
    static Document detached(Document reply) {
        if (reply.get("cursor") instanceof Document cursor) {
            cursor.computeIfPresent("firstBatch", (key, batch) -> copies(batch));
            cursor.computeIfPresent("nextBatch", (key, batch) -> copies(batch));
        }
        reply.computeIfPresent("value", (key, found) -> copy(found));  // findAndModify
        return reply;
    }

    static Document firstBatch(String namespace, List<Document> documents) {
        return new Document("cursor", new Document("id", 0L)
            .append("ns", namespace)
            .append("firstBatch", documents))
            .append("ok", 1.0);
    }

    private static Object copies(Object batch) {
        List<Object> copies = new ArrayList<>();
        ((List<?>) batch).forEach(found -> copies.add(copy(found)));
        return copies;
    }

    private static Object copy(Object found) {
        return found instanceof Document document ? document.clone() : found;
    }
}
