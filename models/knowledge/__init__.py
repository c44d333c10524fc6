"""Policy text: documents, their clauses, the search over them and the answers made from them."""
