"""Photos and videos: taking them in, keeping them, showing them."""
