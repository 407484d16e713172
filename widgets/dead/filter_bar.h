// Which dead letters: system, queue, kind, error, age, id. Speaks when a person changed something, not while
// the lists of choices are refreshed.
#pragma once

#include <QWidget>

#include "backends/domain/dead_job.h"
#include "widgets/models/scope_choice.h"

class QComboBox;
class QLineEdit;
class QPushButton;

namespace spillway {

class DeadFilterBar : public QWidget {
    Q_OBJECT
public:
    static constexpr int kMostQueues = 500;  // offered; any other name can be typed

    explicit DeadFilterBar(QWidget* parent = nullptr);

    // What there is to choose from. Keeps the choice.
    void setConnections(const ConnectionViews& views);
    void setScope(const QueueRef& scope);  // emits nothing
    [[nodiscard]] QueueRef scope() const;
    [[nodiscard]] JobFilter filter() const;
    [[nodiscard]] bool isFiltered() const;  // by more than the scope

    void setGroup(const QString& signature, const QString& kind);  // both empty: any error
    [[nodiscard]] QString signature() const { return m_signature; }
    void setAges(std::optional<double> older_than_s, std::optional<double> newer_than_s, const QString& name);
    void clear();  // all but the scope
    void focusFirst();

    [[nodiscard]] QLineEdit* kindField() const { return m_kind; }
    [[nodiscard]] QLineEdit* errorField() const { return m_error; }
    [[nodiscard]] QLineEdit* idField() const { return m_id; }
    [[nodiscard]] QComboBox* queueBox() const { return m_queue; }
    [[nodiscard]] QComboBox* ageBox() const { return m_age; }

signals:
    void scopeChanged();
    void changed();  // anything but the scope

private:
    QLineEdit* addField(const QString& placeholder, const QString& name);
    void fillQueues();
    void errorTyped();
    void say();

    ConnectionViews m_views;
    std::vector<ScopeChoice> m_choices;
    QueueRef m_scope;
    QString m_signature;  // what the error field stands for
    bool m_quiet = false;
    QComboBox* m_where;
    QComboBox* m_queue;
    QComboBox* m_age;
    QLineEdit* m_kind = nullptr;
    QLineEdit* m_error = nullptr;
    QLineEdit* m_id = nullptr;
    QPushButton* m_clear;
};

}  // namespace spillway
