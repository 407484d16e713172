// What killed the dead: one entry for each error signature and kind with its share, largest first. One click
// narrows the jobs to it, a second one widens them again.
#pragma once

#include <QListView>

#include "backends/domain/dead_job.h"
#include "widgets/parts/card.h"

class QMenu;
class QPushButton;

namespace spillway {

class DeadGroupsModel;
class SafeLabel;

class DeadGroupList : public Card {
    Q_OBJECT
public:
    explicit DeadGroupList(QWidget* parent = nullptr);

    void setGroups(const DeadGroups& groups);
    void showNote(const QString& note);                              // instead of groups: loading, failed
    void setCurrent(const QString& signature, const QString& kind);  // marks it, emits nothing
    [[nodiscard]] QListView* view() const { return m_view; }
    [[nodiscard]] const DeadGroupsModel& model() const { return *m_model; }

signals:
    void groupActivated(const QString& signature, const QString& kind);  // both empty: none any more

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void activate(const QModelIndex& index);
    void copy() const;
    void fillMenu(QMenu& menu, const QModelIndex& index);
    void mark();

    DeadGroupsModel* m_model;
    QListView* m_view;
    SafeLabel* m_coverage;
    SafeLabel* m_note;
    QPushButton* m_copy;
    QString m_signature, m_kind;
    bool m_chosen = false;
};

}  // namespace spillway
