"""The four services: users, collection, expeditions, economy. They never import each other."""
