#include "app/console/shortcuts_text.h"

#include <QAction>
#include <QShortcut>
#include <QStringList>
#include <QWidget>

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

QString lineOf(const QKeySequence& keys, const QString& words) {
    return u"%1\t%2"_s.arg(keys.toString(QKeySequence::NativeText), words);
}

// Key events of tables, charts and lists: nothing is installed for them.
QStringList keysOfTheFocus() {
    return {lineOf(QKeySequence::Copy, u"copy rows, groups or the values of a chart"_s),
            lineOf(Qt::Key_Escape, u"back: filter, job or zoom, then the overview"_s),
            u"Left, Right\tmove along a chart or the ages of dead letters"_s,
            u"Ctrl+wheel\tzoom a chart in time; drag: zoom there"_s,
            u"Enter\topen what is chosen; Space: narrow to a cause or an age"_s,
            u"Menu\tthe menu of a row, a finding or a chart (right click)"_s,
            u"Tab\tto the next control; Shift+Tab: back"_s,
            u"Alt+letter\twhere a letter is underlined: to that control"_s};
}

}  // namespace

QString shortcutsText(const QWidget& window) {
    QStringList lines;
    for (const auto* shortcut : window.findChildren<QShortcut*>())
        if (!shortcut->whatsThis().isEmpty()) lines << lineOf(shortcut->key(), shortcut->whatsThis());
    for (const auto* action : window.actions())
        if (!action->shortcut().isEmpty()) lines << lineOf(action->shortcut(), action->text());
    return (lines << keysOfTheFocus()).join(u'\n');
}

}  // namespace spillway
