"""An example of a document, which a local stack gives the provider called webhook."""
