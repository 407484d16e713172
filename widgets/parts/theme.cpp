#include "widgets/parts/theme.h"

#include <QEvent>
#include <QFontDatabase>
#include <QPalette>
#include <QStyleFactory>
#include <cmath>

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

QColor rgb(const char* name) {
    return QColor(QLatin1StringView(name));
}

ThemeTokens makeDark() {
    ThemeTokens t;
    t.dark = true;
    t.window = rgb("#12151a"), t.panel = rgb("#191d24"), t.raised = rgb("#222833");
    t.hairline = rgb("#2a313c"), t.grid = rgb("#242a33");
    t.text = rgb("#dde2ea"), t.secondary = rgb("#8a94a3");
    t.critical = rgb("#ff6b4a"), t.warning = rgb("#f0b429"), t.good = rgb("#2bb58a");
    t.selection = rgb("#56b4e9");
    t.on_critical = rgb("#1d0a05"), t.on_warning = rgb("#1f1600"), t.on_good = rgb("#04170f");
    t.on_selection = rgb("#06141d");
    t.arrivals = t.critical, t.drain = t.good, t.backlog = t.text;
    return t;
}

ThemeTokens makeLight() {
    ThemeTokens t;
    t.dark = false;
    t.window = rgb("#f4f6f9"), t.panel = rgb("#ffffff"), t.raised = rgb("#eef2f7");
    t.hairline = rgb("#d8dee7"), t.grid = rgb("#e9edf3");
    t.text = rgb("#1c2430"), t.secondary = rgb("#5d6878");
    t.critical = rgb("#c8401c"), t.warning = rgb("#a87400"), t.good = rgb("#00795a");
    t.selection = rgb("#0072b2");
    t.on_critical = t.on_good = t.on_selection = rgb("#ffffff");
    t.on_warning = rgb("#1a1200");
    t.arrivals = t.critical, t.drain = t.good, t.backlog = t.text;
    return t;
}

QPalette paletteOf(const ThemeTokens& t) {
    QPalette p;
    p.setColor(QPalette::Window, t.window);
    p.setColor(QPalette::Base, t.panel);
    p.setColor(QPalette::AlternateBase, t.raised);
    p.setColor(QPalette::Button, t.panel);
    p.setColor(QPalette::ToolTipBase, t.raised);
    for (auto role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText, QPalette::ToolTipText,
                      QPalette::BrightText})
        p.setColor(role, t.text);
    p.setColor(QPalette::PlaceholderText, t.secondary);
    p.setColor(QPalette::Highlight, t.selection);
    p.setColor(QPalette::HighlightedText, t.on_selection);
    p.setColor(QPalette::Link, t.selection);
    p.setColor(QPalette::Light, t.raised);
    p.setColor(QPalette::Midlight, t.raised);
    p.setColor(QPalette::Mid, t.hairline);
    p.setColor(QPalette::Dark, t.hairline);
    for (auto role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText})
        p.setColor(QPalette::Disabled, role, t.secondary);
    return p;
}

// @name@ stands for a colour of the tokens.
constexpr auto kSheet = R"(
QToolTip { background: @raised@; color: @text@; border: 1px solid @hairline@; padding: 6px 8px; }
QPushButton { background: @panel@; color: @text@; border: 1px solid @hairline@; border-radius: 6px;
    padding: 6px 14px; }
QPushButton:hover { background: @raised@; }
QPushButton:focus { border-color: @selection@; outline: none; }
QPushButton:disabled { color: @secondary@; }
QPushButton[primary="true"], QPushButton:checked { background: @selection@; color: @on_selection@;
    border-color: @selection@; font-weight: 600; }
QPushButton[primary="true"]:focus, QPushButton:checked:focus { border-color: @text@; }
QPushButton[primary="true"]:disabled { background: @raised@; color: @secondary@; border-color: @hairline@; }
QPushButton[menu="true"] { padding-right: 28px; }
QPushButton::menu-indicator { image: url(:/spillway/icons/down.svg); width: 12px; height: 12px;
    subcontrol-origin: border; subcontrol-position: center right; right: 10px; }
QPushButton[link="true"] { background: transparent; border: none; color: @selection@; padding: 1px 0; text-align: left; }
QPushButton[link="true"]:hover, QPushButton[link="true"]:focus { text-decoration: underline; }
QLineEdit, QComboBox { background: @panel@; color: @text@; border: 1px solid @hairline@;
    border-radius: 6px; padding: 5px 10px; selection-background-color: @selection@;
    selection-color: @on_selection@; }
QLineEdit:focus, QComboBox:focus { border-color: @selection@; }
QAbstractSpinBox { background: @panel@; color: @text@; border: 1px solid @hairline@; border-radius: 6px;
    padding: 4px 8px; selection-background-color: @selection@; selection-color: @on_selection@; }
QAbstractSpinBox:focus { border-color: @selection@; }
QAbstractSpinBox:disabled { color: @secondary@; }
QComboBox::drop-down { border: none; width: 24px; }
QComboBox::down-arrow { image: url(:/spillway/icons/down.svg); width: 12px; height: 12px; }
QSplitter::handle { background: transparent; image: none; }
QTabWidget::pane { background: @panel@; border: 1px solid @hairline@; border-radius: 6px; }
QTabBar { background: transparent; border: none; }
QTabBar::tab { background: transparent; color: @secondary@; padding: 8px 15px; border: none;
    border-bottom: 2px solid transparent; }
QTabBar::tab:hover { color: @text@; }
QTabBar::tab:selected { color: @text@; font-weight: 600; border-bottom-color: @selection@; }
QTabBar::tab:focus { color: @selection@; }
QTabBar::tab:disabled { color: @hairline@; }
QAbstractItemView { background: transparent; border: none; outline: none; }
QHeaderView { background: transparent; border: none; }
QHeaderView::section { background: @panel@; color: @secondary@; border: none;
    border-bottom: 1px solid @hairline@; padding: 8px 8px; }
QHeaderView::section:hover { color: @text@; }
QTreeView::item { padding: 3px 2px; border-radius: 0px; }
QTreeView::item:hover { background: @raised@; }
QTreeView::item:selected { background: @raised@; color: @text@; }
QListView { background: transparent; }
QListView::item { padding: 8px; border-radius: 6px; color: @text@; }
QListView::item:hover, QListView::item:selected { background: @raised@; color: @text@; }
QFrame#past { background: @raised@; border: 1px solid @selection@; border-radius: 8px; }
QComboBox QAbstractItemView, QMenu, QListView#popup { background: @panel@; color: @text@;
    border: 1px solid @hairline@; }
QMenu { padding: 4px; }
QMenu::item { padding: 6px 24px 6px 12px; border-radius: 4px; }
QMenu::item:selected { background: @raised@; }
QMenu::item:disabled { color: @secondary@; }
QMenu::separator { height: 1px; background: @hairline@; margin: 4px 8px; }
QScrollArea, QScrollArea > QWidget > QWidget { background: transparent; border: none; }
QAbstractScrollArea::corner { background: transparent; border: none; }
QPlainTextEdit { background: transparent; border: none; color: @text@; selection-background-color: @selection@;
    selection-color: @on_selection@; }
QTableWidget[field="true"] { background: @panel@; border: 1px solid @hairline@; border-radius: 6px; }
QTableWidget[field="true"]::item { padding: 0px 6px; }
QPlainTextEdit[field="true"] { background: @panel@; border: 1px solid @hairline@; border-radius: 6px; padding: 3px 6px; }
QPlainTextEdit[field="true"]:focus { border-color: @selection@; }
QDialogButtonBox { dialogbuttonbox-buttons-have-icons: 0; }
QCheckBox, QRadioButton { color: @text@; spacing: 8px; }
QCheckBox::indicator, QRadioButton::indicator { width: 13px; height: 13px; border: 1px solid @secondary@;
    background: @panel@; }
QCheckBox::indicator { border-radius: 3px; }
QRadioButton::indicator { border-radius: 7px; }
QCheckBox::indicator:checked, QRadioButton::indicator:checked { background: @selection@; border-color: @selection@; }
QCheckBox::indicator:checked { image: url(:/spillway/icons/check.svg); }
QCheckBox::indicator:focus, QRadioButton::indicator:focus { border-color: @selection@; }
QScrollBar:vertical { background: transparent; width: 10px; margin: 2px; }
QScrollBar:horizontal { background: transparent; height: 10px; margin: 2px; }
QScrollBar::handle { background: @hairline@; border-radius: 3px; min-height: 28px; min-width: 28px; }
QScrollBar::handle:hover { background: @secondary@; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
)";

QString sheetOf(const ThemeTokens& t) {
    QString sheet = QString::fromLatin1(kSheet);
    const std::pair<QLatin1StringView, QColor> names[] = {{"@panel@"_L1, t.panel},
                                                          {"@raised@"_L1, t.raised},
                                                          {"@hairline@"_L1, t.hairline},
                                                          {"@text@"_L1, t.text},
                                                          {"@secondary@"_L1, t.secondary},
                                                          {"@selection@"_L1, t.selection},
                                                          {"@on_selection@"_L1, t.on_selection}};
    for (const auto& [name, color] : names) sheet.replace(name, color.name());
    return sheet;
}

double channel(double c) {
    return c <= 0.04045 ? c / 12.92 : std::pow((c + 0.055) / 1.055, 2.4);
}

double luminance(const QColor& c) {
    return 0.2126 * channel(c.redF()) + 0.7152 * channel(c.greenF()) + 0.0722 * channel(c.blueF());
}

}  // namespace

const ThemeTokens& darkTokens() {
    static const ThemeTokens tokens = makeDark();
    return tokens;
}

const ThemeTokens& lightTokens() {
    static const ThemeTokens tokens = makeLight();
    return tokens;
}

const ThemeTokens& currentTokens() {
    return QApplication::palette().color(QPalette::Window).lightness() < 128 ? darkTokens() : lightTokens();
}

QColor severityColor(const ThemeTokens& tokens, Severity severity) {
    switch (severity) {
        case Severity::critical:
            return tokens.critical;
        case Severity::warning:
            return tokens.warning;
        case Severity::info:
            break;
    }
    return tokens.selection;
}

QColor environmentColor(const ThemeTokens& tokens, Environment environment) {
    switch (environment) {
        case Environment::production:
            return tokens.critical;
        case Environment::staging:
            return tokens.warning;
        case Environment::development:
            break;
    }
    return tokens.good;
}

QColor environmentTextColor(const ThemeTokens& tokens, Environment environment) {
    switch (environment) {
        case Environment::production:
            return tokens.on_critical;
        case Environment::staging:
            return tokens.on_warning;
        case Environment::development:
            break;
    }
    return tokens.on_good;
}

double contrastRatio(const QColor& a, const QColor& b) {
    const double la = luminance(a), lb = luminance(b);
    return (std::max(la, lb) + 0.05) / (std::min(la, lb) + 0.05);
}

Theme::Theme(QApplication& application, ThemeMode mode) : m_application(application), m_mode(mode) {
    QApplication::setStyle(QStyleFactory::create(u"Fusion"_s));
    if (QFontDatabase::families().contains("Inter"_L1)) {
        QFont font = QApplication::font();
        font.setFamilies({u"Inter"_s, font.family()});
        QApplication::setFont(font);
    }
    m_reconsider.setSingleShot(true);
    m_reconsider.setInterval(0);
    connect(&m_reconsider, &QTimer::timeout, this, &Theme::apply);
    m_application.installEventFilter(this);
    apply();
}

void Theme::setMode(ThemeMode mode) {
    m_mode = mode;
    apply();
}

bool Theme::eventFilter(QObject* watched, QEvent* event) {
    const bool system = event->type() == QEvent::ThemeChange ||
                        (event->type() == QEvent::ApplicationPaletteChange && watched == &m_application);
    if (system && !m_applying && m_mode == ThemeMode::automatic) m_reconsider.start();
    return QObject::eventFilter(watched, event);
}

// An application palette hides the system's; an empty one lets it through for the moment of reading.
bool Theme::systemIsDark() {
    QApplication::setPalette(QPalette());
    return QApplication::palette().color(QPalette::Window).lightness() < 128;
}

void Theme::apply() {
    m_applying = true;
    const bool dark = m_mode == ThemeMode::automatic ? systemIsDark() : m_mode == ThemeMode::dark;
    const ThemeTokens* before = m_tokens;
    m_tokens = dark ? &darkTokens() : &lightTokens();
    QApplication::setPalette(paletteOf(*m_tokens));
    if (m_tokens != before) m_application.setStyleSheet(sheetOf(*m_tokens));
    m_applying = false;
    if (m_tokens != before) emit changed();
}

}  // namespace spillway
