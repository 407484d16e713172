// How an attempt goes, right where it was asked for: running, passed, or failed with what was tried, what
// the server said, the next step, and when it is tried again.
#pragma once

#include <QDateTime>
#include <QTimer>

#include "backends/domain/failure.h"
#include "widgets/parts/card.h"
#include "widgets/parts/safe_label.h"

class QPushButton;

namespace spillway {

class FailureCard : public Card {
    Q_OBJECT
public:
    explicit FailureCard(QWidget* parent = nullptr);

    void showRunning(const QString& sentence);
    void showPassed(const QString& sentence);
    void showFailed(const Failure& failure, const QDateTime& retryAt = {});  // invalid: it is not tried again
    void setCancellable(bool cancellable);
    void clear();  // hides it

signals:
    void cancelled();

protected:
    void changeEvent(QEvent* event) override;

private:
    enum class Tone { running, passed, failed };
    void show(Tone tone, const QString& sentence, const QString& detail, const QString& next);
    void recolor();
    void countDown();

    Tone m_tone = Tone::running;
    QString m_next;
    QDateTime m_retryAt;
    QTimer m_clock;
    QLabel* m_icon;
    SafeLabel* m_sentence;
    SafeLabel* m_detail;
    SafeLabel* m_nextStep;
    QPushButton* m_cancel;
};

}  // namespace spillway
