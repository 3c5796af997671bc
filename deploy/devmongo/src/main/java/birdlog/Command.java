package birdlog;

import de.bwaldvogel.mongo.bson.Document;

/** A command of a client, ready to be run on its document or on a changed one. */
@FunctionalInterface
interface Command {
    Document run(Document query);
}
