using System;
using System.Globalization;
using System.IO;
using System.Text.Json.Nodes;

namespace SharpRunc.Conformance;

/// <summary>A container of the runtime under test.</summary>
internal sealed class Container(Box box, string id, Bundle bundle)
{
    private bool mayExist;
    private int? status;

    public string Id => id;

    public Bundle Bundle => bundle;

    /// <summary>How create ended.</summary>
    public Result Created { get; private set; } = null!;

    /// <summary>The container's process as the host numbers it; 0: there is none.</summary>
    public int Pid { get; private set; }

    public bool HasEnded { get; private set; }

    public void Create(params string[] flags)
    {
        string pidFile = Path.Combine(box.Work, id + ".pid");
        mayExist = true;
        Created = box.Call(["create", "--bundle", bundle.Path, "--pid-file", pidFile, .. flags, id]);
        if (File.Exists(pidFile) && int.TryParse(File.ReadAllText(pidFile).Trim(), CultureInfo.InvariantCulture, out int pid))
            Pid = pid;
    }

    public Result TryStart() => box.Call("start", id);

    public void Start() => TryStart().Expect("start");

    public Result Kill(string signal) => box.Call("kill", id, signal);

    public Result TryDelete()
    {
        Result result = box.Call("delete", id);
        mayExist &= !result.Succeeded;
        return result;
    }

    public void Delete() => TryDelete().Expect("delete");

    public Result TryState() => box.Call("state", id);

    public JsonObject State() => (JsonObject)JsonNode.Parse(TryState().Expect("state").Output)!;

    public string Status() => (string)State()["status"]!;

    /// <returns>The wait status; null: nobody could take it.</returns>
    public int? WaitForEnd()
    {
        if (!HasEnded)
            status = Processes.WaitFor(Pid);
        HasEnded = true;
        return status;
    }

    /// <summary>Kills it and waits until the runtime knows.</summary>
    public void Stop()
    {
        Kill("KILL").Expect("kill");
        WaitForEnd();
        WaitUntilStopped();
    }

    public void WaitUntilStopped()
    {
        for (int i = 0; Status() != "stopped"; i++)
        {
            Expect.That(i < 100, "the state of a container whose process has ended does not become stopped");
            System.Threading.Thread.Sleep(10);
        }
    }

    /// <summary>What the program wrote to its standard output so far.</summary>
    public Answers Answers() => new(File.ReadAllText(Created.OutputFile), Created);

    /// <summary>Waits until the program has given so many answers.</summary>
    public Answers WaitForAnswers(int count)
    {
        for (int i = 0; ; i++)
        {
            Answers answers = Answers();
            if (answers.Count >= count)
                return answers;
            Expect.That(i < 500 && Processes.Lives(Pid), $"the program gives {answers.Count} answers, not {count}");
            System.Threading.Thread.Sleep(10);
        }
    }

    /// <summary>The lines of hooks.</summary>
    public Answers Log() => new(File.Exists(bundle.Log) ? File.ReadAllText(bundle.Log) : "", Created);

    /// <summary>At the end of a test, whatever has happened to it.</summary>
    public void Destroy()
    {
        if (!mayExist)
            return;
        mayExist = false;
        try
        {
            box.Call("delete", "--force", id);
        }
        catch (TimeoutException)
        {
            // Its cgroup is emptied next.
        }
        if (Pid > 0 && !HasEnded && Processes.Lives(Pid)
            && File.ReadAllText($"/proc/{Pid}/cmdline").StartsWith("/inside\0", StringComparison.Ordinal))
            Processes.Kill(Pid, 9);
        if (Pid > 0 && !HasEnded)
            Processes.Bury(Pid);
    }
}
