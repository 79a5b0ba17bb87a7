"""`segue recommend`: what it says where there is nothing, or what was asked is not there."""


def test_what_fits_nothing_is_said_in_the_words_of_the_command_line(run, small_home):
    assert "Nothing that fits --decade is left" in run("recommend", "--decade", "1700", home=small_home).out
    both = run("recommend", "--decade", "1700", "--clean", home=small_home).out
    assert "Nothing that fits --decade and --clean is left" in both
    assert "segue: --genre has 'roc'" in run("recommend", "--genre", "roc", home=small_home, ok=1).err
    assert "segue: --decade has 1995" in run("recommend", "--decade", "1995", home=small_home, ok=1).err


def test_a_country_is_two_letters_and_few_listeners_there_are_said_to_be_few(run, small_home):
    for wrong in ("Sweden", "", "S1", "åß"):
        assert "is not a two-letter code" in run("recommend", "--country", wrong, home=small_home, ok=2).err
    assert "and too little of listeners in IS, so" in run("recommend", "--country", "is", home=small_home).out
    assert "too little" not in run("recommend", home=small_home).out
