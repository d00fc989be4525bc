#pragma once
// Fragments: files that are meant to be included inside `http {}` (conf.d/default.conf) but are given to the
// program alone. What stands at the top and belongs deeper is put into an http block, and if need be a
// server, of the face's own making, with a notice. A file that has an http block is left as it is.

#include "faces/nginx/diagnostic.h"
#include "faces/nginx/tree.h"

namespace gatehouse::nginx {

void complete_fragment(Document& document, Diagnostics& diagnostics);

}   // namespace gatehouse::nginx
