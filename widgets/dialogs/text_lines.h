// Several short texts, one a line: file names, patterns, rules. Tab leaves the field.
#pragma once

#include <QPlainTextEdit>
#include <QStringList>

namespace spillway {

class TextLines : public QPlainTextEdit {
    Q_OBJECT
public:
    // `name` is read out, `hint` is the tool tip; as high as `rows` lines.
    TextLines(const QString& name, const QString& hint, int rows, QWidget* parent = nullptr);
    void setLines(const QStringList& lines) { setPlainText(lines.join(u'\n')); }
    [[nodiscard]] QStringList lines() const;  // trimmed, without empty ones
};

}  // namespace spillway
