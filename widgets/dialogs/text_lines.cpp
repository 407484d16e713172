#include "widgets/dialogs/text_lines.h"

#include "widgets/parts/safe_label.h"

namespace spillway {

TextLines::TextLines(const QString& name, const QString& hint, int rows, QWidget* parent)
    : QPlainTextEdit(parent) {
    setProperty("field", true);
    setAccessibleName(name);
    setToolTip(plainToolTip(hint));
    setTabChangesFocus(true);
    setLineWrapMode(QPlainTextEdit::NoWrap);
    setFixedHeight(fontMetrics().lineSpacing() * rows + 22);
}

QStringList TextLines::lines() const {
    QStringList kept;
    for (const QString& line : toPlainText().split(u'\n'))
        if (const QString text = line.trimmed(); !text.isEmpty()) kept << text;
    return kept;
}

}  // namespace spillway
