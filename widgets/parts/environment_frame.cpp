#include "widgets/parts/environment_frame.h"

#include <QHBoxLayout>
#include <QPainter>
#include <algorithm>

#include "widgets/parts/icon.h"
#include "widgets/parts/theme.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

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

std::optional<Environment> mostDelicate(const ConnectionViews& views) {
    const auto it = std::min_element(views.begin(), views.end(), [](const auto& a, const auto& b) {
        return a.environment < b.environment;
    });
    if (it == views.end()) return std::nullopt;
    return it->environment;
}

}  // namespace

EnvironmentFrame::EnvironmentFrame(QWidget* parent)
    : QWidget(parent), m_word(new SafeLabel({}, LabelRole::strong)), m_server(new SafeLabel),
      m_eye(new QLabel), m_mode(new SafeLabel(u"Observing · nothing here can change a job"_s)) {
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(14, 5, 14, 5);
    row->setSpacing(12);
    row->addWidget(m_word);
    row->addWidget(m_server);
    row->addStretch(1);
    row->addWidget(m_eye);
    row->addWidget(m_mode);
    row->setSpacing(10);
    QFont spaced = m_word->font();
    spaced.setLetterSpacing(QFont::AbsoluteSpacing, 1.2);
    spaced.setWeight(QFont::Bold);
    m_word->setFont(spaced);
    m_server->setElided(true);
    setConnections({});
}

void EnvironmentFrame::setConnections(const ConnectionViews& views, const QString& current) {
    const ConnectionView* view = views.size() == 1 ? &views.front() : findConnection(views, current);
    m_environment = view ? std::optional(view->environment) : mostDelicate(views);
    m_word->setVisible(m_environment.has_value());
    if (m_environment) m_word->setSafeText(environmentName(*m_environment).toUpper());
    m_server->setSafeText(view ? serverText(*view) : views.empty() ? u"Spillway"_s : namesText(views));
    recolor();
}

void EnvironmentFrame::recolor() {
    const ThemeTokens& tokens = currentTokens();
    const QColor color = m_environment ? environmentTextColor(tokens, *m_environment) : tokens.text;
    for (SafeLabel* label : {m_word, m_server, m_mode}) label->setColor(color);
    m_eye->setPixmap(iconPixmap(u"observing"_s, color, 16, devicePixelRatioF()));
    update();
}

void EnvironmentFrame::changeEvent(QEvent* event) {
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange) recolor();
}

void EnvironmentFrame::paintEvent(QPaintEvent*) {
    const ThemeTokens& tokens = currentTokens();
    QPainter painter(this);
    painter.fillRect(rect(), m_environment ? environmentColor(tokens, *m_environment) : tokens.panel);
}

}  // namespace spillway
