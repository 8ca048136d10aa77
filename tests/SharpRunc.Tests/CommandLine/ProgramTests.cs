using System.Collections.Generic;
using System.IO;
using System.Text.Json.Nodes;
using NUnit.Framework;
using SharpRunc.Commands;
using SharpRunc.Parsing;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.CommandLine;

/// <summary>The published program from outside: exit codes, texts and outputs.</summary>
internal sealed class ProgramTests
{
    private TemporaryDirectory root = null!;

    [SetUp]
    public void Begin()
    {
        Binary.Require();
        root = new TemporaryDirectory();
    }

    [TearDown]
    public void End() => root?.Dispose();

    private Binary.Result Run(params string[] args) => Binary.Run(["--root", root.Path, .. args]);

    [Test]
    public void Without_arguments_it_prints_help()
    {
        Binary.Result result = Binary.Run();
        Assert.That(result.ExitCode, Is.Zero);
        Assert.That(result.Output, Does.Contain("COMMANDS:"));
        Assert.That(result.Error, Is.Empty);
    }

    [TestCase("--version")]
    [TestCase("-v")]
    public void The_version_has_the_lines_that_engines_parse(string flag)
    {
        Binary.Result result = Binary.Run(flag);
        Assert.That(result.ExitCode, Is.Zero);
        Assert.That(result.Output, Does.Match(@"^sharprunc version \d+\.\d+\.\d+\S*\ncommit: \S+\nspec: 1\.\d+\.\d+\n$"));
    }

    /// <summary>Every command that there is.</summary>
    private static IEnumerable<TestCaseData> Commands()
    {
        foreach (Command command in CommandTable.All)
            yield return new TestCaseData(command.Name);
    }

    [TestCaseSource(nameof(Commands))]
    public void Help_of_a_command_succeeds(string command)
    {
        Binary.Result result = Binary.Run(command, "--help");
        Assert.That(result.ExitCode, Is.Zero);
        Assert.That(result.Output, Does.Contain("USAGE:\n   sharprunc " + command));
        Assert.That(Binary.Run("help", command).Output, Is.EqualTo(result.Output));
    }

    [Test]
    public void An_unknown_command_exits_with_3()
    {
        Binary.Result result = Binary.Run("frob");
        Assert.That(result.ExitCode, Is.EqualTo(3));
        Assert.That(result.Error, Does.Contain("No help topic for 'frob'"));
    }

    [TestCaseSource(nameof(Commands))]
    [Must("query.id"), Must("create.arguments"), Must("start.id"), Must("kill.id"), Must("delete.id")]
    public void Every_command_counts_its_arguments(string name)
    {
        Command command = CommandTable.Find(name)!;
        List<string[]> wrong = [];
        if (command.MinArguments > 0)
            wrong.Add(new string[command.MinArguments - 1]);
        if (command.MaxArguments >= 0)
            wrong.Add(new string[command.MaxArguments + 1]);
        foreach (string[] arguments in wrong)
        {
            Binary.Result result = Run([name, .. System.Array.ConvertAll(arguments, _ => "x")]);
            Assert.That(result.ExitCode, Is.EqualTo(command.UsageCode));
            Assert.That(result.Output, Does.StartWith("Incorrect Usage.\n\nNAME:\n   sharprunc " + name));
            Assert.That(result.Error, Does.Match($"level=error msg=\"sharprunc: "
                + $".{{2}}{name}.{{2}} requires (exactly|a minimum of|a maximum of) \\d argument\\(s\\)\""));
        }
    }

    [TestCaseSource(nameof(Commands))]
    public void Every_command_refuses_a_flag_that_it_does_not_have(string name)
    {
        Binary.Result result = Run(name, "--frob", "x");
        Assert.That(result.ExitCode, Is.EqualTo(CommandTable.Find(name)!.UsageCode));
        Assert.That(result.Output, Does.StartWith("Incorrect Usage: flag provided but not defined: -frob\n\nNAME:\n   sharprunc " + name));
    }

    [TestCaseSource(nameof(Commands))]
    public void Every_flag_with_a_value_needs_it(string name)
    {
        foreach (Flag flag in CommandTable.Find(name)!.Flags)
            if (flag.Kind != FlagKind.Switch)
            {
                Binary.Result result = Run(name, "--" + flag.Name);
                Assert.That(result.ExitCode, Is.EqualTo(CommandTable.Find(name)!.UsageCode));
                Assert.That(result.Output, Does.StartWith($"Incorrect Usage: flag needs an argument: -{flag.Name}\n"));
            }
    }

    /// <summary>As with runc; only of exec and ps what follows the id is another program's.</summary>
    [TestCase("create")]
    [TestCase("run")]
    public void Flags_may_follow_the_id(string command)
    {
        Binary.Result result = Run(command, "id", "--bundle", "/no/such/bundle");
        Assert.That(result.ExitCode, Is.EqualTo(1));
        Assert.That(result.Error, Does.Contain("chdir /no/such/bundle"));
    }

    /// <summary>As with runc since 1.5.</summary>
    [Test]
    public void Global_flags_may_follow_the_command()
    {
        Assert.That(Binary.Run("list", "--root", root.Path).Output, Does.StartWith("ID "));
        Assert.That(Run("list", "--root", root["missing"]).ExitCode, Is.EqualTo(1), "the last one counts");
        Assert.That(Binary.Run("state", "nope", "--root=" + root.Path, "--log", root["log"], "--log-format=json").ExitCode, Is.EqualTo(1));
        Assert.That((string)JsonNode.Parse(File.ReadAllText(root["log"]))!["msg"]!, Is.EqualTo("container does not exist"));
        Assert.That(Run("exec", "--debug", "nope", "true").Error, Does.Contain("level=error").And.Contain(" file="));
        Assert.That(Run("list", "--rootless", "maybe").Error, Does.Contain("invalid value \\\"maybe\\\" for --rootless"));
        Assert.That(Run("list", "--version").Output, Does.StartWith("Incorrect Usage: flag provided but not defined: -version\n"));
        Assert.That(Run("spec", "--bundle", root.Path, "--rootless").ExitCode, Is.Zero, "a flag of its own, without a value");
    }

    [Test]
    public void A_command_is_found_by_its_name_alone()
    {
        foreach (Command command in CommandTable.All)
            Assert.That(CommandTable.Find(command.Name), Is.SameAs(command));
        Assert.That(CommandTable.Find("creat"), Is.Null);
    }

    [Test]
    public void Debug_lines_say_where_they_come_from()
    {
        Binary.Result result = Run("--debug", "state", "nope");
        Assert.That(result.Error, Does.Match("level=error msg=\"container does not exist\" func=\\w+ file=\"\\w+\\.cs:\\d+\"\n$"));
        result = Run("--debug", "--log-format", "json", "state", "nope");
        JsonNode line = JsonNode.Parse(result.Error.TrimEnd('\n').Split('\n')[^1])!;
        Assert.That((string)line["file"]!, Does.Match(@"^\w+\.cs:\d+$"));
        Assert.That((string)line["func"]!, Is.Not.Empty);
    }

    [TestCase("requires exactly 1 argument(s)", "state")]
    [TestCase("requires exactly 1 argument(s)", "state", "a", "b")]
    [TestCase("requires a minimum of 1 argument(s)", "kill")]
    [TestCase("requires a maximum of 2 argument(s)", "kill", "a", "b", "c")]
    public void A_wrong_number_of_arguments_is_incorrect_usage(string message, params string[] args)
    {
        Binary.Result result = Run(args);
        Assert.That(result.ExitCode, Is.EqualTo(1));
        Assert.That(result.Output, Does.StartWith("Incorrect Usage.\n"));
        Assert.That(result.Error, Does.Contain($"sharprunc: \\\"{args[0]}\\\" {message}"));
    }

    [TestCase("flag provided but not defined: -frob", "state", "--frob", "x")]
    [TestCase("flag needs an argument: -bundle", "create", "--bundle")]
    public void A_wrong_flag_is_incorrect_usage(string message, params string[] args)
    {
        Binary.Result result = Run(args);
        Assert.That(result.ExitCode, Is.EqualTo(1));
        Assert.That(result.Output, Does.StartWith("Incorrect Usage: " + message + "\n"));
        Assert.That(result.Error, Does.Contain(message));
    }

    [Test]
    public void A_wrong_global_flag_too()
    {
        Assert.That(Binary.Run("--frob").Output, Does.StartWith("Incorrect Usage. flag provided but not defined: -frob\n"));
        Assert.That(Binary.Run("--log-format", "xml", "list").Error, Does.Contain("invalid log-format: xml: expected text or json"));
        Assert.That(Binary.Run("--log", "/nope/x", "list").Error, Does.Contain("--log: ").And.Contain("no such file or directory"));
        Assert.That(Binary.Run("--root", "/", "list").Error, Does.Contain("should not be set to /"));
        Assert.That(Binary.Run("--root", "/run/..", "list").ExitCode, Is.EqualTo(1));
    }

    [TestCase("state", "nope")]
    [TestCase("start", "nope")]
    [TestCase("kill", "nope")]
    [TestCase("delete", "nope")]
    public void A_container_that_is_missing_does_not_exist(string command, string id)
    {
        Binary.Result result = Run(command, id);
        Assert.That(result.ExitCode, Is.EqualTo(1));
        Assert.That(result.Error, Does.Contain("container does not exist"));
        Assert.That(result.Output, Is.Empty);
    }

    [Test]
    public void Deleting_what_is_missing_by_force_succeeds()
    {
        Binary.Result result = Run("delete", "--force", "nope");
        Assert.That((result.ExitCode, result.Output, result.Error), Is.EqualTo((0, "", "")));
    }

    [Test]
    public void An_invalid_id_stays_an_error_even_then()
    {
        Assert.That(Run("delete", "--force", "../x").Error, Does.Contain("invalid container ID format"));
        Assert.That(Run("delete", "--force", "").Error, Does.Contain("container id cannot be empty"));
    }

    [Test]
    public void The_log_gets_the_line_and_stderr_the_bare_message()
    {
        Binary.Result result = Run("--log", root["log.json"], "--log-format=json", "state", "nope");
        Assert.That(result.Error, Is.EqualTo("container does not exist\n"));
        JsonNode line = JsonNode.Parse(File.ReadAllText(root["log.json"]))!;
        Assert.That((string)line["level"]!, Is.EqualTo("error"));
        Assert.That((string)line["msg"]!, Is.EqualTo("container does not exist"));
        Assert.That((string)line["time"]!, Does.Match(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$"));
        Assert.That((File.GetUnixFileMode(root["log.json"]) & (UnixFileMode)0x92), Is.EqualTo(UnixFileMode.UserWrite));
    }

    [Test]
    public void The_log_is_appended_to()
    {
        File.WriteAllText(root["log"], "earlier\n");
        Run("--log", root["log"], "state", "nope");
        Assert.That(File.ReadAllText(root["log"]), Does.Match("^earlier\ntime=\"[^\"]+\" level=error msg=\"container does not exist\"\n$"));
    }

    [Test]
    public void A_log_that_cannot_be_opened_is_an_error() => Assert.That(Run("--log", root["no/such/dir"], "list").ExitCode, Is.EqualTo(1));

    [Test]
    public void An_empty_list_is_a_header_null_or_nothing()
    {
        Assert.That(Run("list").Output, Is.EqualTo("ID          PID         STATUS      BUNDLE      CREATED     OWNER\n"));
        Assert.That(Run("list", "--format", "json").Output, Is.EqualTo("null\n").Or.EqualTo("null"));
        Assert.That(Run("list", "-q").Output, Is.Empty);
        Assert.That(Run("list", "-f", "xml").Error, Does.Contain("invalid format option"));
    }

    [Test]
    public void A_root_that_was_chosen_must_exist_for_list_and_the_default_need_not()
    {
        Assert.That(Binary.Run("--root", root["missing"], "list").ExitCode, Is.EqualTo(1));
        Dictionary<string, string?> user = new() { ["XDG_RUNTIME_DIR"] = root["runtime"] };
        Assert.That(Binary.Run(["list", "-q"], user).ExitCode, Is.Zero);
    }

    [Test]
    public void List_skips_what_is_not_ours_with_a_warning()
    {
        Directory.CreateDirectory(root["foreign"]);
        File.WriteAllText(root["foreign/state.json"], """{"id":"foreign","init_process_pid":1}""");
        Binary.Result result = Run("list", "-q");
        Assert.That((result.ExitCode, result.Output), Is.EqualTo((0, "")));
        Assert.That(result.Error, Does.Contain("load container foreign: "));
    }

    [Test]
    public void The_old_criu_flag_is_ignored_with_a_warning()
    {
        Binary.Result result = Run("--criu", "/usr/sbin/criu", "list", "-q");
        Assert.That(result.ExitCode, Is.Zero);
        Assert.That(result.Error, Does.Contain("level=warning"));
    }

    [TestCase]
    [TestCase("--rootless")]
    public void Spec_writes_a_config_that_we_read_and_never_over_another(params string[] flags)
    {
        Binary.Result result = Run(["spec", "--bundle", root.Path, .. flags]);
        Assert.That((result.ExitCode, result.Output, result.Error), Is.EqualTo((0, "", "")));
        Assert.That(Core.Spec.ConfigReader.Read(File.ReadAllBytes(root["config.json"])).Process!.Args, Is.EqualTo(new[] { "sh" }));
        File.WriteAllText(root["config.json"], "mine");
        Assert.That(Run("spec", "-b", root.Path).Error, Does.Contain("File config.json exists. Remove it first"));
        Assert.That(Run("spec", "-b", "/nothing").Error, Does.Contain("cannot open --bundle: openat /nothing: no such file or directory"));
        Assert.That(File.ReadAllText(root["config.json"]), Is.EqualTo("mine"));
    }

    [Test]
    public void Features_writes_json_and_nothing_to_stderr()
    {
        Binary.Result result = Run("features");
        Assert.That((result.ExitCode, result.Error), Is.EqualTo((0, "")));
        JsonNode features = JsonNode.Parse(result.Output)!;
        Assert.That((string)features["ociVersionMin"]!, Does.StartWith("1."));
        Assert.That((string)features["ociVersionMax"]!, Does.StartWith("1."));
    }
}
