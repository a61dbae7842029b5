"""When each collection is to be crawled next, by what its catalogue says of the crawls before.

All of it is told from the collections themselves: there is no other state. So a schedule that was
killed goes on where it was, and a collection that is copied to another machine takes its with it.
"""
