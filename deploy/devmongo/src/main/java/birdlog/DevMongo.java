package birdlog;

import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.MongoVersion;

import java.util.List;

/**
 * Starts the stand-in for MongoDB: {@code DevMongo host port}.
 *
 * <p>There is no shutdown hook on purpose. Everything is in memory, so there is nothing to save,
 * and a JVM without hooks ends on SIGTERM at once.
 */
public final class DevMongo {

    /** Current drivers refuse anything older; mongo-java-server's own 5.0 reports wire version 8. */
    private record Mongo5() implements MongoVersion {
        @Override
        public List<Integer> getVersionArray() {
            return List.of(5, 0, 0);
        }

        @Override
        public int getWireVersion() {
            return 13;
        }
    }

    private DevMongo() {
    }

    public static void main(String[] args) {
        if (args.length != 2) {
            System.err.println("usage: DevMongo host port");
            System.exit(2);
        }
        // Without a logger on the class path slf4j would greet every start with three warnings.
        System.setProperty("slf4j.internal.verbosity", "ERROR");

        LockedBackend backend = new LockedBackend();
        backend.version(new Mongo5());
        MongoServer server = new MongoServer(backend);
        try {
            server.bind(args[0], Integer.parseInt(args[1]));
        } catch (Exception e) {  // undeclared, netty throws BindException; its threads would stay
            System.err.println("cannot listen on " + args[0] + ":" + args[1] + ": " + e.getMessage());
            System.exit(1);
        }
        System.out.println("devmongo is listening on " + server.getConnectionString());
    }
}
