// A payload as a tree or as text, with its secrets hidden until asked for. Only plain text, whatever it
// holds.
#pragma once

#include <QByteArray>
#include <QWidget>

#include "widgets/models/payload_view.h"

class QCheckBox;
class QPlainTextEdit;
class QPushButton;
class QStackedWidget;
class QTreeWidget;
class QTreeWidgetItem;

namespace spillway {

class SafeLabel;

class PayloadPane : public QWidget {
    Q_OBJECT
public:
    explicit PayloadPane(QWidget* parent = nullptr);

    void setPayload(const QByteArray& payload, bool cut);
    [[nodiscard]] bool isRevealed() const;
    [[nodiscard]] QTreeWidget* tree() const { return m_tree; }
    [[nodiscard]] QPlainTextEdit* text() const { return m_text; }
    [[nodiscard]] QCheckBox* revealBox() const { return m_reveal; }
    void copy() const;

signals:
    void revealChanged(bool revealed);

protected:
    void changeEvent(QEvent* event) override;

private:
    void refresh();
    void fill(QTreeWidgetItem* item, const PayloadField& field);

    QByteArray m_payload;
    bool m_cut = false;
    PayloadView m_view;
    QTreeWidget* m_tree;
    QPlainTextEdit* m_text;
    QStackedWidget* m_stack;
    SafeLabel* m_note;
    QCheckBox* m_reveal;
    QPushButton* m_asText;
    QPushButton* m_copy;
};

// For showing text of many lines that may hold anything: read only, no wrap surprises, no markup, equal
// widths.
[[nodiscard]] QPlainTextEdit* plainTextView(const QString& accessibleName);

}  // namespace spillway
