import * as fc from "fast-check";

// That a mutant is noticed is all that is asked: no smaller case is looked for.
fc.configureGlobal({ endOnFailure: true });
