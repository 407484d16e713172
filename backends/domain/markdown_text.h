// Text of people and servers inside Markdown. Pure.
#pragma once

#include <QString>

namespace spillway {

// It becomes no heading, link or HTML; nor "@staging" a mention of whoever has that name, which only an
// invisible letter prevents. One line, visible characters, cut at `most`.
[[nodiscard]] QString markdownText(const QString& text, int most = 2000);

}  // namespace spillway
