"""Makes `tests` a regular package, so that no dependency with a folder of that name takes its place."""
