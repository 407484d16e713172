// Tables as River and Oban lay them out, for tests: neither library runs here (Go, Elixir), so that these are
// written after the documented columns and indexes of each migration.
#pragma once

#include <string>

namespace spillway {

// `migration`: 2 to 7, of River's main line. In schema `schema`, which must exist.
[[nodiscard]] std::string riverTables(int migration, const std::string& schema = "public");

// `n` dead jobs of the kind "charge" in its queue "mail", which died a second apart from an hour ago on.
[[nodiscard]] std::string riverDeadJobs(int n);

// `migration`: 8 to 14; `pro`: with Oban Pro's oban_producers.
[[nodiscard]] std::string obanTables(int migration, bool pro = false, const std::string& schema = "public");

}  // namespace spillway
