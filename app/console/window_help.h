// What the Help button offers: the window's own actions, the list of shortcuts, and what this program is.
#pragma once

#include <QString>

class QPoint;
class QWidget;

namespace spillway {

void showHelpMenu(QWidget& window, const QPoint& globalAt);  // gone with the next click
void showShortcuts(QWidget& window);
void showAbout(QWidget& window);
// Versions, licence, and where this program keeps its files. Pure but for the environment.
[[nodiscard]] QString aboutText();

}  // namespace spillway
