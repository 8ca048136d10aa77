using System;
using System.Linq;
using NUnit.Framework;
using SharpRunc.Commands;
using SharpRunc.Parsing;

namespace SharpRunc.Tests.CommandLine;

internal sealed class ParserTests
{
    private static readonly Flag[] Flags =
    [
        new("bundle", 'b', FlagKind.Text, ""), new("detach", 'd', FlagKind.Switch, ""), new("preserve-fds", '\0', FlagKind.Number, ""),
        new("env", 'e', FlagKind.Repeated, ""), new("no-subreaper", '\0', FlagKind.Switch, ""),
    ];

    private static Invocation Parse(params string[] args) => Parser.Parse(args, Flags, interspersed: true);

    [TestCase("--bundle", "/b")]
    [TestCase("--bundle=/b")]
    [TestCase("-bundle", "/b")]
    [TestCase("-bundle=/b")]
    [TestCase("-b", "/b")]
    [TestCase("-b=/b")]
    [TestCase("--b", "/b")]
    public void A_value_follows_or_is_joined_and_one_dash_is_as_good_as_two(params string[] args)
    {
        Invocation given = Parse([.. args, "id"]);
        Assert.That(given.Text("bundle"), Is.EqualTo("/b"));
        Assert.That(given.Arguments, Is.EqualTo(new[] { "id" }));
    }

    [TestCase("--detach", true)]
    [TestCase("-d", true)]
    [TestCase("--detach=true", true)]
    [TestCase("--detach=1", true)]
    [TestCase("--detach=false", false)]
    [TestCase("-no-subreaper", false)]
    public void A_switch_may_say_true_or_false(string arg, bool detach) => Assert.That(Parse(arg, "id").Is("detach"), Is.EqualTo(detach));

    [Test]
    public void A_switch_takes_no_value_from_the_next_argument()
        => Assert.That(Parse("-d", "true").Arguments, Is.EqualTo(new[] { "true" }));

    [Test]
    public void The_last_of_several_values_counts() => Assert.That(Parse("-b", "one", "--bundle=two").Text("bundle"), Is.EqualTo("two"));

    [Test]
    public void A_comma_is_part_of_the_value() => Assert.That(Parse("--env", "A=1,2").Text("env"), Is.EqualTo("A=1,2"));

    [Test]
    public void An_equals_sign_in_the_value_stays() => Assert.That(Parse("--env=A=1").Text("env"), Is.EqualTo("A=1"));

    [Test]
    public void A_known_flag_may_follow_the_id()
    {
        Invocation given = Parse("id", "--bundle", "/b");
        Assert.That(given.Text("bundle"), Is.EqualTo("/b"));
        Assert.That(given.Arguments, Is.EqualTo(new[] { "id" }));
    }

    [Test]
    public void An_unknown_one_there_is_an_argument() => Assert.That(Parse("id", "-9").Arguments, Is.EqualTo(new[] { "id", "-9" }));

    [Test]
    public void Two_dashes_end_the_flags()
    {
        Assert.That(Parse("--", "-d").Arguments, Is.EqualTo(new[] { "-d" }));
        Assert.That(Parse("id", "--", "-d").Arguments, Is.EqualTo(new[] { "id", "-d" }));
    }

    [Test]
    public void What_follows_the_id_of_exec_belongs_to_its_command()
        => Assert.That(Parser.Parse(["id", "ls", "-d"], Flags, interspersed: false).Arguments, Is.EqualTo(new[] { "id", "ls", "-d" }));

    [TestCase("flag provided but not defined: -x", "-x")]
    [TestCase("flag provided but not defined: -unknown", "--unknown=1")]
    [TestCase("flag needs an argument: -bundle", "--bundle")]
    [TestCase("flag needs an argument: -b", "-b")]
    [TestCase("invalid boolean value \"maybe\" for -detach: parse error", "--detach=maybe")]
    [TestCase("invalid value \"three\" for flag -preserve-fds: parse error", "--preserve-fds", "three")]
    [TestCase("bad flag syntax: ---b", "---b")]
    [TestCase("bad flag syntax: --=b", "--=b")]
    public void Refusals_use_the_words_that_callers_look_for(string message, params string[] args)
        => Assert.That(() => Parse(args), Throws.TypeOf<UsageException>().With.Message.EqualTo(message));

    [TestCase("-h")]
    [TestCase("--help")]
    [TestCase("-help")]
    public void Every_command_has_help(string flag) => Assert.That(Parse(flag).WantsHelp, Is.True);

    [Test]
    public void No_command_names_a_flag_twice()
    {
        foreach (Command command in CommandTable.All)
        {
            Assert.That(command.Flags.Select(flag => flag.Name), Is.Unique, command.Name);
            Assert.That(command.Flags.Select(flag => flag.Short).Where(letter => letter != '\0'), Is.Unique, command.Name);
        }
    }

    [Test]
    public void Every_command_and_every_visible_flag_is_in_the_help()
    {
        string program = Help.ForProgram(CommandTable.All, GlobalOptions.Flags);
        foreach (Command command in CommandTable.All)
        {
            Assert.That(program, Does.Contain(command.Name));
            foreach (Flag flag in command.Flags.Where(flag => !flag.Hidden))
                Assert.That(Help.For(command), Does.Contain("--" + flag.Name), command.Name);
        }
    }

    [Test]
    public void Every_command_of_runc_is_known()
    {
        string[] runc = ["create", "run", "start", "state", "list", "ps", "kill", "delete", "exec", "pause", "resume", "update", "events",
            "checkpoint", "restore", "spec", "features"];
        Assert.That(CommandTable.All.Select(command => command.Name), Is.SupersetOf(runc));
        Assert.That(Array.FindAll(runc, name => CommandTable.Find(name) is null), Is.Empty);
    }
}
