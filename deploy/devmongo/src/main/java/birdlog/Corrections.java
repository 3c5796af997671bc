package birdlog;

import de.bwaldvogel.mongo.bson.Document;

import java.util.ArrayList;
import java.util.List;

/** Where mongo-java-server answers a command otherwise than MongoDB, and birdlog would notice. */
final class Corrections {

    /** MongoDB's own first batch; further ones end at 16 MB there, so at some thousands. */
    private static final int FIRST_BATCH = 101;
    private static final int NEXT_BATCH = 5_000;

    private Corrections() {
    }

    static Document apply(String command, Document query, Command run) {
        return switch (command) {
            case "find" -> find(query, run);
            case "getMore" -> getMore(query, run);
            case "insert" -> insert(query, run);
            case "update" -> isOrdered(query) ? orderedUpdate(query, run) : run.run(query);
            default -> run.run(query);
        };
    }

    /** Without a batch size everything came in one reply, which beyond 48 MB no driver takes. */
    private static Document find(Document query, Command run) {
        if (!Boolean.TRUE.equals(query.get("singleBatch"))) {
            query.putIfAbsent("batchSize", FIRST_BATCH);
        }
        return run.run(query);
    }

    private static Document getMore(Document query, Command run) {
        query.putIfAbsent("batchSize", NEXT_BATCH);
        return run.run(query);
    }

    /** {@code n} counted what was sent, not what was inserted. */
    private static Document insert(Document query, Command run) {
        Document reply = run.run(query);
        if (reply.get("writeErrors") instanceof List<?> errors && !errors.isEmpty()) {
            int sent = ((List<?>) query.get("documents")).size();
            int inserted = isOrdered(query)
                ? (Integer) ((Document) errors.get(0)).get("index")
                : sent - errors.size();
            reply.put("n", inserted);
        }
        return reply;
    }

    /** An ordered update went on after its first error; so run them one by one and stop there. */
    private static Document orderedUpdate(Document query, Command run) {
        List<Document> upserted = new ArrayList<>();
        List<Document> errors = new ArrayList<>();
        int n = 0;
        int modified = 0;
        List<?> updates = (List<?>) query.get("updates");
        for (int i = 0; i < updates.size() && errors.isEmpty(); i++) {
            Document one = query.clone().append("updates", List.of(updates.get(i)));
            Document reply = run.run(one);
            n += (Integer) reply.get("n");
            modified += (Integer) reply.get("nModified");
            addAt(i, reply.get("upserted"), upserted);
            addAt(i, reply.get("writeErrors"), errors);
        }
        Document reply = new Document("n", n).append("nModified", modified);
        if (!upserted.isEmpty()) {
            reply.append("upserted", upserted);
        }
        if (!errors.isEmpty()) {
            reply.append("writeErrors", errors);
        }
        return reply.append("ok", 1.0);
    }

    private static void addAt(int index, Object found, List<Document> all) {
        if (found instanceof Iterable<?> entries) {
            entries.forEach(entry -> all.add(((Document) entry).append("index", index)));
        }
    }

    private static boolean isOrdered(Document query) {
        return !Boolean.FALSE.equals(query.get("ordered"));
    }
}
