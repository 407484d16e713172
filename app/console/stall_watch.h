// Tells whenever the event loop of the GUI thread does not come round in time, and what it was busy with: the
// last event that was delivered before. For debug builds; it looks at every event. GUI thread.
#pragma once

#include <QElapsedTimer>
#include <QObject>
#include <chrono>
#include <functional>

namespace spillway {

class StallWatch : public QObject {
    Q_OBJECT
public:
    using Tell = std::function<void(const QString&)>;
    // `tell`: "The window stood still for 180 ms: Timer of spillway::TimeChart \"backlog\".".
    StallWatch(std::chrono::milliseconds longest, Tell tell, QObject* parent = nullptr);

protected:
    bool eventFilter(QObject* receiver, QEvent* event) override;

private:
    void look();  // how long did the last one take?

    std::chrono::milliseconds m_longest;
    Tell m_tell;
    QElapsedTimer m_since;  // invalid: the loop waits, and may do so for as long as it likes
    QString m_class, m_name;
    int m_type = 0;
};

}  // namespace spillway
