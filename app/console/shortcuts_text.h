// The list that F1 shows: what is installed in the window, with the words it was installed with, and the keys
// of whatever has the focus.
#pragma once

#include <QString>

class QWidget;

namespace spillway {

[[nodiscard]] QString shortcutsText(const QWidget& window);

}  // namespace spillway
