// A moment of the recorded past to look at: a slider, steps, and the way back to now. Seconds since 1970,
// server clock; shown in local time.
#pragma once

#include <QFrame>
#include <QTimer>

class QPushButton;
class QSlider;

namespace spillway {

class SafeLabel;

class TimeBar : public QFrame {
    Q_OBJECT
public:
    explicit TimeBar(QWidget* parent = nullptr);

    void setReach(double oldest, double now);  // how far the slider goes; the moment stays
    void setMoment(double at);                 // within the reach; momentChanged() follows
    [[nodiscard]] double moment() const { return m_moment; }
    // What is true now, while the past is shown: "2 critical". Empty: nothing.
    void setNow(const QString& text, bool urgent);
    void setMissing(const QString& text);  // why nothing is shown of this moment; empty: something is
    [[nodiscard]] QSlider* slider() const { return m_slider; }

signals:
    // Not for every pixel: when the slider rests, or at least five times a second.
    void momentChanged(double at);
    void nowWanted();

private:
    void step(double seconds);
    void moved(int value);
    void say();

    double m_oldest = 0, m_end = 1, m_moment = 0;
    QTimer m_pace;
    QSlider* m_slider;
    SafeLabel* m_text;
    SafeLabel* m_missing;
    SafeLabel* m_present;
    QPushButton* m_back;
};

}  // namespace spillway
