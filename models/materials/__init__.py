"""Materials: the photos and PDFs that belong to a request, from upload to erasure."""
