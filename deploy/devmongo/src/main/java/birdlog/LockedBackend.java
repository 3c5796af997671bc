package birdlog;

import de.bwaldvogel.mongo.backend.memory.MemoryBackend;
import de.bwaldvogel.mongo.backend.memory.MemoryDatabase;
import de.bwaldvogel.mongo.bson.Document;
import de.bwaldvogel.mongo.exception.MongoServerException;

import io.netty.channel.Channel;

import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * One writer at a time, or many readers: for whole commands, over all databases.
 *
 * <p>mongo-java-server locks single methods of a collection, and not all of them: counting, adding
 * and dropping an index and renaming go on beside writes. It also hands out its live documents,
 * which are then encoded after the lock is gone, while the next update changes them. A lock around
 * the command and a copy of what leaves it end both. What is inside is short; decoding and
 * encoding, the larger part, happen outside.
 */
final class LockedBackend extends MemoryBackend {

    private static final Set<String> READS = Set.of(
        "aggregate", "buildinfo", "count", "distinct", "find", "getmore", "hello", "ismaster",
        "listcollections", "listdatabases", "listindexes", "ping");

    private final ReadWriteLock lock = new ReentrantReadWriteLock();

    @Override
    public MemoryDatabase openOrCreateDatabase(String name) {
        return new IndexedDatabase(name, getCursorRegistry());
    }

    @Override
    public Document handleCommand(Channel channel, String database, String command, Document query) {
        Lock held = isRead(command, query) ? lock.readLock() : lock.writeLock();
        held.lock();
        try {
            Command run = changed -> super.handleCommand(channel, database, command, changed);
            return Reply.detached(Corrections.apply(command, query, run));
        } catch (MongoServerException e) {
            throw e;  // an answer to the client
        } catch (RuntimeException e) {
            e.printStackTrace();  // a fault of ours or of mongo-java-server, which would not log it
            throw e;
        } finally {
            held.unlock();
        }
    }

    private static boolean isRead(String command, Document query) {
        return READS.contains(command.toLowerCase()) && !writesItsResult(query.get("pipeline"));
    }

    private static boolean writesItsResult(Object pipeline) {
        return pipeline instanceof List<?> stages
            && !stages.isEmpty()
            && stages.get(stages.size() - 1) instanceof Document last
            && (last.containsKey("$out") || last.containsKey("$merge"));
    }
}
