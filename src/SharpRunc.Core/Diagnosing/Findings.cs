using System;
using System.Collections.Generic;
using SharpRunc.Core.Lifecycle;
using SharpRunc.Linux;

namespace SharpRunc.Core.Diagnosing;

/// <summary>The findings so far, in order.</summary>
internal sealed class Findings(RuntimeContext context)
{
    /// <summary>This program as a remedy names it: with the same state root.</summary>
    public string Runtime { get; } = context.RootIsDefault
        ? RuntimeContext.Name
        : $"{RuntimeContext.Name} --root {ShellText.Quote(context.Root)}";

    public string Delete(string id) => $"{Runtime} delete {id}";

    public string ForceDelete(string id) => $"{Runtime} delete --force {id}";

    public string Recreate(string id) => ForceDelete(id) + ", and create it again";

    /// <summary>The process as text, with its name if it is there.</summary>
    public static string Process(int pid) => $"process {pid.ToString()}{PidNamespace.NameOf(pid)}";

    public List<Finding> All { get; } = [];

    public int Problems => Count(Severity.Problem);

    public void Ok(string topic, string text) => All.Add(new(Severity.Ok, topic, text));

    public void Note(string topic, string text, string? remedy = null) => All.Add(new(Severity.Note, topic, text, remedy));

    public void Problem(string topic, string text, string? remedy = null) => All.Add(new(Severity.Problem, topic, text, remedy));

    public void Add(Severity severity, string topic, string text, string? remedy = null) => All.Add(new(severity, topic, text, remedy));

    public int Count(Severity severity) => All.FindAll(finding => finding.Severity == severity).Count;

    public bool Has(string topic, Severity severity) => All.Exists(finding => finding.Topic == topic && finding.Severity >= severity);

    /// <summary>What cannot be found out is a finding too, and the next question is asked all the same.</summary>
    public void Try(string topic, Action look)
    {
        try
        {
            look();
        }
        catch (ContainerException e)
        {
            Problem(topic, e.Message, e.Hint);
        }
        catch (SysException e)
        {
            Note(topic, $"cannot be told: {e.Message}");
        }
    }
}
