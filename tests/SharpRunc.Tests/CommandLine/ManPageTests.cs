using System;
using System.IO;
using System.Linq;
using NUnit.Framework;
using SharpRunc.Commands;
using SharpRunc.Documents;
using SharpRunc.Parsing;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.CommandLine;

internal sealed class ManPageTests
{
    private static readonly string Page = ManPage.Write(CommandTable.All, GlobalOptions.Flags);

    [Test]
    public void Every_command_and_flag_is_in_it()
    {
        string page = Page.Replace("\\-", "-", StringComparison.Ordinal);
        foreach (Command command in CommandTable.All.SelectMany(command => new[] { command }.Concat(command.Subcommands)))
        {
            string section = page[page.IndexOf($".SS {command.Name}\n", StringComparison.Ordinal)..];
            section = section[..section.IndexOf(".S", 3, StringComparison.Ordinal)];
            Assert.That(section, Does.Contain($".B sharprunc {command.Name}\n"));
            foreach (Flag flag in command.Flags)
                Assert.That(section.Contains($"--{flag.Name}\\fR", StringComparison.Ordinal), Is.Not.EqualTo(flag.Hidden),
                    $"{command.Name} --{flag.Name}");
        }
        foreach (Flag flag in GlobalOptions.Flags)
            Assert.That(page.Contains($"--{flag.Name}\\fR", StringComparison.Ordinal), Is.Not.EqualTo(flag.Hidden), flag.Name);
    }

    [Test]
    public void It_has_the_sections_of_a_manual_page_in_their_order()
    {
        string[] sections = ["NAME", "SYNOPSIS", "DESCRIPTION", "GLOBAL OPTIONS", "COMMANDS", "EXIT STATUS", "ENVIRONMENT", "FILES",
            "EXAMPLES", "SEE ALSO"];
        Assert.That(Page.Split('\n').Where(line => line.StartsWith(".SH ", StringComparison.Ordinal)).Select(line => line[4..]),
            Is.EqualTo(sections));
        Assert.That(Page, Does.Contain("# sharprunc run web").And.Not.Contain(" NAME "));
    }

    [Test]
    public void It_is_plain_ascii() => Assert.That(Page, Has.All.InRange('\n', '~'));

    [TestCase("/usr/bin/groff", "-man", "-Tutf8", "-ww", "-z")]
    // A date, which mandoc's warnings ask for, would make every build's page another.
    [TestCase("/usr/bin/mandoc", "-man", "-Tlint", "-Werror")]
    public void A_formatter_has_nothing_to_complain_about(params string[] command)
    {
        if (!File.Exists(command[0]))
            Assert.Ignore($"{command[0]} is not installed");
        using TemporaryDirectory work = new();
        File.WriteAllText(work["page"], Page);
        int exit = Child.Start([.. command, work["page"]], work["out"], work["out"]).Wait(TimeSpan.FromSeconds(30));
        Assert.That((exit, File.ReadAllText(work["out"])), Is.EqualTo((0, "")));
    }
}
