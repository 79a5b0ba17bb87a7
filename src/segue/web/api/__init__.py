"""The REST API: one router per concept, thin over the apps."""
