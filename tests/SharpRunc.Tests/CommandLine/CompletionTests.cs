using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using NUnit.Framework;
using SharpRunc.Commands;
using SharpRunc.Documents;
using SharpRunc.Parsing;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.CommandLine;

/// <summary>The shells themselves read the scripts.</summary>
internal sealed class CompletionTests
{
    private const string Bash = "/bin/bash", Zsh = "/usr/bin/zsh", Fish = "/usr/bin/fish";

    private TemporaryDirectory work = null!;

    [SetUp]
    public void Make() => work = new TemporaryDirectory();

    [TearDown]
    public void Remove() => work.Dispose();

    private static string Script(string shell) => shell switch
    {
        Bash => BashCompletion.Write(CommandTable.All, GlobalOptions.Flags),
        Zsh => ZshCompletion.Write(CommandTable.All, GlobalOptions.Flags),
        _ => FishCompletion.Write(CommandTable.All, GlobalOptions.Flags),
    };

    /// <summary>Runs a program to its end; its output, and its errors when it fails.</summary>
    private string Execute(params string[] command)
    {
        if (!File.Exists(command[0]))
            Assert.Ignore($"{command[0]} is not installed");
        int exit = Child.Start(command, work["out"], work["errors"],
            environment: ["PATH=/usr/bin:/bin", "HOME=" + work.Path, "LC_ALL=C.UTF-8"]).Wait(TimeSpan.FromSeconds(30));
        Assert.That(exit, Is.Zero, () => File.ReadAllText(work["errors"]));
        return File.ReadAllText(work["out"]);
    }

    [Test]
    public void A_flag_that_names_a_file_completes_files_in_every_command_that_has_it()
    {
        List<string> others = [];
        foreach (Command command in CommandTable.All)
            foreach (Flag flag in command.Flags)
                if (flag.Name is "bundle" or "image-path" or "work-path" || flag.Name.EndsWith("-file", StringComparison.Ordinal)
                    || flag.Name.EndsWith("-socket", StringComparison.Ordinal))
                    if (flag.Kind != FlagKind.Path)
                        others.Add($"{command.Name} --{flag.Name}");
        Assert.That(others, Is.Empty);
    }

    [TestCase(Bash)]
    [TestCase(Zsh)]
    [TestCase(Fish)]
    public void The_shell_can_parse_it(string shell)
    {
        File.WriteAllText(work["script"], Script(shell));
        Assert.That(Execute(shell, "-n", work["script"]), Is.Empty);
        Assert.That(File.ReadAllText(work["errors"]), Is.Empty);
    }

    [TestCase(Bash, " --{0}", " -{0}")]
    [TestCase(Zsh, "--{0}", "-{0}")]
    [TestCase(Fish, " -l {0}", " -s {0}")]
    public void Every_command_and_flag_is_in_it(string shell, string name, string letter)
    {
        string script = Script(shell).Replace("'--", "' --", StringComparison.Ordinal);
        foreach (Command command in CommandTable.All.SelectMany(command => new[] { command }.Concat(command.Subcommands)))
        {
            Assert.That(script, Does.Contain(command.Word));
            foreach (Flag flag in command.Flags)
                if (!flag.Hidden)
                {
                    Assert.That(script, Does.Contain(string.Format(null, name, flag.Name)), command.Name);
                    if (flag.Short != '\0')
                        Assert.That(script, Does.Contain(string.Format(null, letter, flag.Short)), command.Name);
                }
        }
        Assert.That(script, Does.Not.Contain("kernel-memory-tcp").Or.Not.Contain(" --kernel-memory-tcp "));
    }

    /// <summary>What bash would offer with the cursor behind the last word.</summary>
    private List<string> Offers(params string[] words)
    {
        File.WriteAllText(work["script"], Script(Bash));
        File.WriteAllText(work["ask"], """
            . "$1"; shift
            compopt() { :; }
            COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
            _sharprunc
            printf '%s\n' "${COMPREPLY[@]}"
            """);
        return [.. Execute([Bash, work["ask"], work["script"], .. words]).Split('\n', StringSplitOptions.RemoveEmptyEntries)];
    }

    [Test]
    public void Bash_offers_commands_flags_and_their_words()
    {
        Assert.That(Offers("sharprunc", "sta"), Is.EqualTo(new[] { "start", "state" }));
        Assert.That(Offers("sharprunc", ""), Does.Contain("create").And.Contain("help").And.Contain("completion"));
        Assert.That(Offers("sharprunc", "--log", "x", "--debug", "res"), Does.Contain("resume"));
        Assert.That(Offers("sharprunc", "--log", "=", "x", "ps"), Is.EqualTo(new[] { "ps" }));
        Assert.That(Offers("sharprunc", "--systemd-cgroup", "=", "true", "ps"), Is.EqualTo(new[] { "ps" }));
        Assert.That(Offers("sharprunc", "--log-f"), Is.EqualTo(new[] { "--log-format" }));
        Assert.That(Offers("sharprunc", "--log-format", ""), Is.EqualTo(new[] { "text", "json" }));
        Assert.That(Offers("sharprunc", "--log-format", "="), Is.EqualTo(new[] { "text", "json" }));
        Assert.That(Offers("sharprunc", "--log-format", "=", "j"), Is.EqualTo(new[] { "json" }));
        Assert.That(Offers("sharprunc", "-log-format", "j"), Is.EqualTo(new[] { "json" }));
        Assert.That(Offers("sharprunc", "list", "-f", ""), Is.EqualTo(new[] { "table", "json" }));
        Assert.That(Offers("sharprunc", "delete", "--"), Is.EqualTo(new[] { "--force", "--trace", "--help" }));
        Assert.That(Offers("sharprunc", "events", "--interval", ""), Is.Empty);
        Assert.That(Offers("sharprunc", "exec", "x", "--"), Is.Empty);
        Assert.That(Offers("sharprunc", "create", ""), Is.Empty);
    }

    [Test]
    public void Bash_offers_subcommands_their_flags_and_files()
    {
        File.WriteAllText(work["profile"], "");
        Assert.That(Offers("sharprunc", "seccomp", ""), Is.EqualTo(new[] { "compile", "explain", "check", "diff" }));
        Assert.That(Offers("sharprunc", "--debug", "seccomp", "c"), Is.EqualTo(new[] { "compile", "check" }));
        Assert.That(Offers("sharprunc", "seccomp", "compile", "--f"), Is.EqualTo(new[] { "--format" }));
        Assert.That(Offers("sharprunc", "seccomp", "compile", "--format", "r"), Is.EqualTo(new[] { "raw" }));
        Assert.That(Offers("sharprunc", "seccomp", "compile", "-f", "=", "h"), Is.EqualTo(new[] { "hex" }));
        Assert.That(Offers("sharprunc", "seccomp", "explain", "--arch", "aar"), Is.EqualTo(new[] { "aarch64" }));
        Assert.That(Offers("sharprunc", "seccomp", "check", work["prof"]), Is.EqualTo(new[] { work["profile"] }));
        Assert.That(Offers("sharprunc", "seccomp", "diff", work["profile"], work["prof"]), Is.EqualTo(new[] { work["profile"] }));
    }

    [Test]
    public void Bash_offers_paths_where_one_is_expected_blanks_and_all()
    {
        File.WriteAllText(work["a b"], "");
        Assert.That(Offers("sharprunc", "create", "--bundle", work["a"]),
            Is.EqualTo(new[] { work["a b"], work["ask"] }).AsCollection.Or.EquivalentTo(new[] { work["a b"], work["ask"] }));
    }

    [Test]
    public void Fish_offers_commands_flags_and_their_words()
    {
        File.WriteAllText(work["script"], Script(Fish));
        string Offers(string line) => Execute(Fish, "--no-config", "-c", "source $argv[1]; complete -C $argv[2]", work["script"], line);
        Assert.That(Offers("sharprunc sta"),
            Is.EqualTo("start\trun the program of a created container\nstate\tprint the state of a container as JSON\n"));
        Assert.That(Offers("sharprunc --log x --debug resu"), Does.StartWith("resume\t"));
        Assert.That(Offers("sharprunc list --format "), Is.EqualTo("json\ttable or json\ntable\ttable or json\n").Or.Contain("json"));
        Assert.That(Offers("sharprunc delete --fo"), Does.StartWith("--force\t"));
        Assert.That(Offers("sharprunc start --fo"), Is.Empty);
        Assert.That(Offers("sharprunc seccomp "), Does.Contain("check\tlook for mistakes in a profile\n").And.Not.Contain("--strict"));
        Assert.That(Offers("sharprunc --debug seccomp check --stri"), Does.StartWith("--strict\t"));
        Assert.That(Offers("sharprunc seccomp compile --format ra"), Does.StartWith("raw\t"));
        File.WriteAllText(work["profile"], "");
        Assert.That(Offers($"sharprunc seccomp diff {work["prof"]}"), Does.Contain(work["profile"]));
    }

    [Test]
    public void Containers_are_offered_where_one_must_exist()
    {
        using Runtime runtime = Runtime.Create();
        string id = Runtime.NewId();
        runtime.CreateContainer(id, runtime.NewBundle("true"));
        Assert.That(Offers(runtime.Program, "--root", runtime.Root, "start", ""), Is.EqualTo(new[] { id }));
        Assert.That(Offers(runtime.Program, "--root", "=", runtime.Root, "delete", "--force", id[..1]), Is.EqualTo(new[] { id }));
        Assert.That(Offers(runtime.Program, "--root", runtime.Root, "run", ""), Is.Empty);
        Assert.That(Offers(runtime.Program, "--root", runtime.Root, "start", id, ""), Is.Empty);
    }
}
