"""What goes over HTTP, in the shapes of X API v2 and in both of its dialects, tweet and post."""
