// How a connection is tried, shown where it was asked for: a line for each stage as it ends, and how it
// ended. Does not try anything itself.
#pragma once

#include <QWidget>
#include <optional>

#include "backends/domain/trial.h"

namespace spillway {

class FailureCard;
class StageList;

class TrialPane : public QWidget {
    Q_OBJECT
public:
    explicit TrialPane(QWidget* parent = nullptr);

    void clear();  // hides everything; what is under way is of no interest any more
    void showRunning();
    void showStage(const StageResult& stage);
    void showEnd(const ConnectionTrial& trial);  // "PostgreSQL 15.18 answers: River.", or what failed
    void showFailed(const Failure& failure);     // without a trial, or in the place of one
    [[nodiscard]] bool isRunning() const { return m_running; }
    [[nodiscard]] std::optional<FailureKind> lastFailure() const { return m_failed; }

signals:
    void changed();
    void dropped();  // by clear(), or by the next trial

private:
    StageList* m_stages;
    FailureCard* m_end;
    bool m_running = false;
    std::optional<FailureKind> m_failed;  // of the last trial
};

}  // namespace spillway
