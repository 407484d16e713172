// What a page shows when it has nothing to show: a sign, a sentence, the next step, perhaps a button.
#pragma once

#include <QLabel>
#include <QPushButton>
#include <QWidget>

#include "widgets/models/connection_view.h"
#include "widgets/parts/safe_label.h"

namespace spillway {

struct EmptyText {
    QString icon;
    QString sentence;   // what is the case
    QString detail;     // the server's own words, or empty
    QString next_step;  // what to do now
    QString button;     // empty: none
    bool operator==(const EmptyText&) const = default;
};

[[nodiscard]] EmptyText nothingConnectedText();
[[nodiscard]] EmptyText loadingText(const QString& connection);
[[nodiscard]] EmptyText learningText(int polls, int needed);
[[nodiscard]] EmptyText noQueuesText();  // connected, a system is there, but it holds no queue
[[nodiscard]] EmptyText noMatchText(const QString& filter);
[[nodiscard]] EmptyText failureText(const Failure& failure, const std::optional<QDateTime>& retryAt,
                                    const QDateTime& now);
// Why there is no row to show for these connections; nullopt when at least one has queues.
[[nodiscard]] std::optional<EmptyText> emptyTextFor(const ConnectionViews& views, const QDateTime& now);

class EmptyState : public QWidget {
    Q_OBJECT
public:
    explicit EmptyState(QWidget* parent = nullptr);
    void setText(const EmptyText& text);

signals:
    void buttonClicked();

protected:
    void changeEvent(QEvent* event) override;

private:
    void updateIcon();

    EmptyText m_text;
    QLabel* m_icon;
    SafeLabel* m_sentence;
    SafeLabel* m_detail;
    SafeLabel* m_nextStep;
    QPushButton* m_button;
};

}  // namespace spillway
