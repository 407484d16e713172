// Completion scripts for the shells, made from the words. Pure.
#pragma once

#include "app/cli/completion/words.h"

namespace spillway {

[[nodiscard]] QString bashCompletion(const CompletionNode& root);
[[nodiscard]] QString zshCompletion(const CompletionNode& root);
[[nodiscard]] QString fishCompletion(const CompletionNode& root);

}  // namespace spillway
