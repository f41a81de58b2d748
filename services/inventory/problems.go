package inventory

import "microdemo/kit"

var (
	itemNotFound = kit.ProblemType{
		Kind: kit.NotFound, Code: "item-not-found", Detail: "There is no item {id}.",
		Remedy: "Check the id; the item may have been deleted.",
	}
	skuNotFound = kit.ProblemType{
		Kind: kit.NotFound, Code: "sku-not-found", Detail: "There is no item with SKU {sku}.",
		Remedy: "Check the SKU and its case; the item may have been deleted.",
	}
	skuTaken = kit.ProblemType{
		Kind: kit.Conflict, Code: "sku-taken", Detail: "An item with SKU {sku} already exists.",
		Remedy: "Use another SKU, or change the item that has it.",
	}
	itemChanged = kit.ProblemType{
		Kind: kit.Conflict, Code: "item-changed", Detail: "Item {id} has changed since it was read; read it again.",
		Remedy: "Read the item, and send the change again with its new ETag.",
	}
	itemAllocated = kit.ProblemType{
		Kind: kit.Conflict, Code: "item-allocated", Detail: "Orders own {allocated} of {sku}; it can be deleted when they no longer do.",
		Remedy: "Cancel or delete these orders first.",
	}
	stockOutOfRange = kit.ProblemType{
		Kind: kit.Conflict, Code: "stock-out-of-range", Detail: "The stock of {sku} is {qty}; changing it by {delta} would leave {after}.",
		Remedy: "Read the item, and adjust it by less.",
	}
)

var problemTypes = []kit.ProblemType{itemNotFound, skuNotFound, skuTaken, itemChanged, itemAllocated, stockOutOfRange}

var (
	notAnETag   = kit.Rule{Code: "etag", Message: "expected the ETag of an item"}
	deltaZero   = kit.Rule{Code: "not-zero", Message: "expected a number other than 0"}
	keyReused   = kit.Rule{Code: "idempotency-key-reused", Message: "expected a key that was not used for another request"}
	skuRepeated = kit.Rule{Code: "sku-repeated", Message: "expected no SKU twice"}
	notAnAge    = kit.Rule{Code: "duration", Message: "expected a duration such as 30s"}
)

var rules = []kit.Rule{notAnETag, deltaZero, keyReused, skuRepeated, notAnAge}
