"""What can go wrong, as nouns of the domain, by feature.

A problem is raised anywhere below the routes; its class says the status and the stable code, its fields travel as
extension members. `answering` is the one place where it becomes HTTP.
"""
