#include "widgets/parts/environment_frame.h"

#include <QHBoxLayout>
#include <QPainter>
#include <QPushButton>
#include <algorithm>

#include "widgets/models/connection_label.h"
#include "widgets/parts/icon.h"
#include "widgets/parts/theme.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

constexpr int kStripe = 8;  // of the connection's own colour

QString roleName(ServerRole role) {
    switch (role) {
        case ServerRole::primary:
            return u"primary"_s;
        case ServerRole::replica:
            return u"replica"_s;
        case ServerRole::unknown:
            break;
    }
    return {};
}

QString stateWord(const ConnectionView& view) {
    switch (view.state) {
        case ConnectionState::connecting:
            return u"connecting…"_s;
        case ConnectionState::stale:
            return u"not answering, data is old"_s;
        case ConnectionState::failed:
            return u"not connected"_s;
        case ConnectionState::live:
            break;
    }
    return {};
}

QString serverText(const ConnectionView& view) {
    QStringList parts{view.name};
    if (view.last) {
        parts << u"%1 %2"_s.arg(view.last->server.product, view.last->server.version).trimmed();
        parts << roleName(view.last->server.role);
        if (view.last->server.superuser) parts << u"as superuser; a role that may only read is enough"_s;
    }
    parts << stateWord(view);
    parts.removeAll(QString());
    return parts.join(u" · "_s);
}

QString namesText(const ConnectionViews& views) {
    QStringList names;
    for (const auto& view : views) names << view.name;
    return names.join(u" · "_s);
}

// Of what is connected; where nothing is, of what should be.
std::optional<Environment> mostDelicate(const ConnectionViews& views) {
    if (views.empty()) return std::nullopt;
    const auto rank = [](const ConnectionView& view) {
        return std::pair(view.state != ConnectionState::live, view.environment);
    };
    return std::min_element(views.begin(), views.end(),
                            [&](const auto& a, const auto& b) { return rank(a) < rank(b); })
        ->environment;
}

// On the band its colours are the band's, which no style sheet knows.
class BandButton : public QPushButton {
public:
    using QPushButton::QPushButton;
    void setColor(const QColor& color) {
        m_color = color;
        update();
    }
    [[nodiscard]] QSize sizeHint() const override {
        return {fontMetrics().horizontalAdvance(text()) + 22, fontMetrics().height() + 4};
    }

protected:
    void paintEvent(QPaintEvent*) override {
        QPainter painter(this);
        painter.setRenderHint(QPainter::Antialiasing);
        painter.setPen(QPen(m_color, hasFocus() || underMouse() ? 2 : 1));
        painter.drawRoundedRect(QRectF(rect()).adjusted(1, 1, -1, -1), 5, 5);
        painter.drawText(rect(), Qt::AlignCenter, text());
    }

private:
    QColor m_color;
};

}  // namespace

EnvironmentFrame::EnvironmentFrame(QWidget* parent)
    : QWidget(parent), m_word(new SafeLabel({}, LabelRole::strong)), m_server(new SafeLabel),
      m_transport(new SafeLabel({}, LabelRole::strong)), m_eye(new QLabel),
      m_mode(new SafeLabel(u"Observing · nothing here can change a job"_s)), m_arm(nullptr),
      m_disarm(nullptr), m_help(nullptr) {
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(14, 5, 14, 5);
    row->setSpacing(12);
    row->addWidget(m_word);
    row->addWidget(m_server);
    row->addWidget(m_transport);
    row->addStretch(1);
    row->addWidget(m_eye);
    row->addWidget(m_mode);
    row->setSpacing(10);
    QFont spaced = m_word->font();
    spaced.setLetterSpacing(QFont::AbsoluteSpacing, 1.2);
    spaced.setWeight(QFont::Bold);
    m_word->setFont(spaced);
    m_server->setElided(true);
    m_arm = addButton(u"Arm…"_s);
    m_disarm = addButton(u"Disarm"_s);
    m_arm->setToolTip(
        plainToolTip(u"Open a second session that may change jobs, with a reason and for a short time."_s));
    m_disarm->setToolTip(
        plainToolTip(u"Close the second session; an action under way ends with its batch."_s));
    m_help = addButton(u"Help"_s);
    m_help->setToolTip(plainToolTip(u"Shortcuts, colours, full screen, and what this program is."_s));
    connect(m_help, &QPushButton::clicked, this,
            [this] { emit helpRequested(m_help->mapToGlobal(QPoint(0, m_help->height() + 2))); });
    m_mode->setElided(true);
    m_clock.setInterval(1000);
    connect(&m_clock, &QTimer::timeout, this, &EnvironmentFrame::refreshMode);
    connect(m_arm, &QPushButton::clicked, this,
            [this] { emit armRequested(m_armed ? m_armed->connection : m_current); });
    connect(m_disarm, &QPushButton::clicked, this, [this] {
        if (m_armed) emit disarmRequested(m_armed->connection);
    });
    setConnections({});
}

QPushButton* EnvironmentFrame::addButton(const QString& text) {
    auto* button = new BandButton(text);
    layout()->addWidget(button);
    return button;
}

void EnvironmentFrame::setArmings(const ArmingViews& armings) {
    m_armings = armings;
    refreshMode();
}

QColor EnvironmentFrame::color() const {
    const ThemeTokens& tokens = currentTokens();
    return m_environment ? environmentColor(tokens, *m_environment) : tokens.panel;
}

void EnvironmentFrame::refreshMode() {
    const bool before = m_armed.has_value();
    m_armed.reset();
    if (const ArmingView* own = findArming(m_armings, m_current); own && own->open) m_armed = *own;
    for (const ArmingView& each : m_armings)
        if (!m_armed && m_current.isEmpty() && each.open) m_armed = each;
    m_armed ? m_clock.start() : m_clock.stop();
    m_disarm->setVisible(m_armed.has_value());
    m_arm->setVisible(m_armed || !m_current.isEmpty());
    m_arm->setText(m_armed ? u"Extend…"_s : u"Arm…"_s);
    if (m_armed) {
        const qint64 left = std::max<qint64>(0, QDateTime::currentDateTime().secsTo(m_armed->until));
        const QString time = u"%1:%2"_s.arg(left / 60).arg(left % 60, 2, 10, QChar(u'0'));
        const QString where = m_environment && m_armed->connection == m_current
                                  ? QString()
                                  : u" %1"_s.arg(connectionLabel(m_armed->connection));
        m_mode->setSafeText(u"ARMED%1 %2 · %3"_s.arg(where, time, m_armed->reason));
    } else {
        m_mode->setSafeText(u"Observing · nothing here can change a job"_s);
    }
    m_mode->setRole(m_armed ? LabelRole::strong : LabelRole::body);
    if (before == m_armed.has_value()) return;
    recolor();
    emit armedChanged(m_armed.has_value());
}

void EnvironmentFrame::setConnections(const ConnectionViews& views, const QString& current) {
    const ConnectionView* view = views.size() == 1 ? &views.front() : findConnection(views, current);
    m_environment = view ? std::optional(view->environment) : mostDelicate(views);
    m_word->setVisible(m_environment.has_value());
    if (m_environment) m_word->setSafeText(environmentName(*m_environment).toUpper());
    m_current = view ? view->name : QString();
    m_stripe = view ? QColor(view->colour) : QColor();
    refreshMode();
    m_server->setSafeText(view ? serverText(*view) : views.empty() ? u"Spillway"_s : namesText(views));
    m_shown.clear();
    for (const auto& each : views)
        if (!view || view->name == each.name) m_shown << each.name;
    showTransport();
    recolor();
}

void EnvironmentFrame::setTransports(std::map<QString, TransportBadge> badges) {
    m_transports = std::move(badges);
    showTransport();
}

void EnvironmentFrame::showTransport() {
    QStringList badges, reasons;
    for (const QString& name : std::as_const(m_shown)) {
        const auto found = m_transports.find(name);
        if (found == m_transports.end()) continue;
        const QString whose = m_shown.size() == 1 ? QString() : connectionLabel(name) + u": "_s;
        badges << whose + found->second.badge;
        reasons << whose + found->second.why;
    }
    m_transport->setVisible(!badges.isEmpty());
    m_transport->setSafeText(u"⚠ "_s + badges.join(u" · "_s));
    m_transport->setHint(reasons.join(u'\n'));
    m_transport->setAccessibleName(u"Transport: "_s + badges.join(u", "_s));
}

void EnvironmentFrame::recolor() {
    const ThemeTokens& tokens = currentTokens();
    const QColor color = m_environment ? environmentTextColor(tokens, *m_environment) : tokens.text;
    for (SafeLabel* label : {m_word, m_server, m_transport, m_mode}) label->setColor(color);
    m_eye->setPixmap(iconPixmap(m_armed ? u"armed"_s : u"observing"_s, color, 16, devicePixelRatioF()));
    for (QPushButton* button : {m_arm, m_disarm, m_help})
        if (button) static_cast<BandButton*>(button)->setColor(color);
    update();
}

void EnvironmentFrame::changeEvent(QEvent* event) {
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange) recolor();
}

void EnvironmentFrame::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    painter.fillRect(rect(), color());
    if (m_stripe.isValid()) painter.fillRect(0, 0, kStripe, height(), m_stripe);
}

}  // namespace spillway
