"""One contract for each kind of destination: what its vendor documents, as a vendor on loopback that checks it."""
