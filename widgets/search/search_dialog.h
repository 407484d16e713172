// Search over everything that is open: queues and workers of the last readings at once, dead letters as their
// servers answer. Stays open while its findings are looked at.
#pragma once

#include <QDialog>
#include <QTimer>

#include "widgets/search/dead_search.h"

class QCheckBox;
class QLineEdit;
class QPushButton;
class QTreeWidget;
class QTreeWidgetItem;

namespace spillway {

class SafeLabel;

class SearchDialog : public QDialog {
    Q_OBJECT
public:
    static constexpr int kShortest = 2;  // characters: a letter is in everything

    explicit SearchDialog(QWidget* parent = nullptr);

    void setConnections(const ConnectionViews& views);
    void look(const QString& text);  // as if it was typed, and Enter
    [[nodiscard]] DeadSearch& dead() { return m_dead; }
    [[nodiscard]] QLineEdit* field() const { return m_field; }
    [[nodiscard]] QCheckBox* payloads() const { return m_payloads; }
    [[nodiscard]] QTreeWidget* list() const { return m_list; }
    [[nodiscard]] QString note() const;

signals:
    void hitActivated(const spillway::SearchHit& hit);

protected:
    void hideEvent(QHideEvent* event) override;     // nobody waits for the rest
    void keyPressEvent(QKeyEvent* event) override;  // down: from the field into the list

private:
    void search();
    void show(const QString& group, const std::vector<SearchHit>& hits, bool more);
    void refresh();

    ConnectionViews m_views;
    QString m_text;  // what the list is about
    DeadSearch m_dead;
    QLineEdit* m_field;
    QCheckBox* m_payloads;
    QPushButton* m_stop;
    QTreeWidget* m_list;
    SafeLabel* m_note;
    QTimer m_soon;  // answers come in bursts
};

}  // namespace spillway
