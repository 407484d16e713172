#include "app/console/window_help.h"

#include <QAction>
#include <QDir>
#include <QMenu>
#include <QMessageBox>

#include "app/connections/connection_store.h"
#include "app/console/shortcuts_text.h"
#include "backends/checklist/checklist_store.h"
#include "backends/history/history_values.h"
#include "backends/journal/action_journal.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

void showText(QWidget& window, const QString& title, const QString& text) {
    auto* box = new QMessageBox(QMessageBox::NoIcon, title, {}, QMessageBox::Close, &window);
    box->setTextFormat(Qt::PlainText);
    box->setText(text);
    box->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    box->setAttribute(Qt::WA_DeleteOnClose);
    box->open();
}

}  // namespace

QString aboutText() {
    return u"Spillway %1\nAn ops console for the health of background jobs.\n\n"
           "Free software under the GNU General Public License, version 3 or later; it comes without any "
           "warranty.\nBuilt with Qt %2 (running on %3), QCustomPlot, libpqxx and hiredis.\n\n"
           "Connections: %4\nHistory: %5\nActions and audit: %6\nChecklists: %7"_s.arg(
               QStringLiteral(SPILLWAY_VERSION), QStringLiteral(QT_VERSION_STR),
               QString::fromLatin1(qVersion()), QDir::toNativeSeparators(ConnectionStore::defaultFile()),
               QDir::toNativeSeparators(defaultHistoryPath()),
               QDir::toNativeSeparators(ActionJournal::defaultPath()),
               QDir::toNativeSeparators(ChecklistStore::defaultFolder()));
}

void showAbout(QWidget& window) {
    showText(window, u"About Spillway"_s, aboutText());
}

void showShortcuts(QWidget& window) {
    showText(window, u"Keyboard shortcuts"_s, shortcutsText(window));
}

void showHelpMenu(QWidget& window, const QPoint& globalAt) {
    auto* menu = new QMenu(&window);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    menu->addActions(window.actions());
    menu->popup(globalAt);
}

}  // namespace spillway
