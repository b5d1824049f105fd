"""When things happen and in what order: ingestion, transformation, the run and its command line."""
