using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using SharpRunc.Core;
using SharpRunc.Core.Lifecycle;
using SharpRunc.Core.Spec;

namespace SharpRunc.Probe;

/// <summary>
/// A verb of the runtime and what it needs:
///   create ROOT BUNDLE ID [CONSOLE-SOCKET]      exec ROOT ID PROGRAM
///   pause|resume ROOT ID                        spawn ROOT ID PROCESS-FILE [CONSOLE-SOCKET]: exec by a file, detached with a terminal
///   update ROOT ID RESOURCES                    start|delete ROOT ID
/// </summary>
internal static class Command
{
    public static int Run(string[] words)
    {
        RuntimeContext context = new() { Root = words[1], Log = NullLogger.Instance };
        string first = words[2], second = words.Length > 3 ? words[3] : "";
        string? console = words.Length > 4 ? words[4] : null;
        switch (words[0])
        {
            case "exec":
                return Exec.Run(context, first, new ExecOptions { Args = [second] });
            case "spawn":
                return Exec.Run(context, first,
                    new ExecOptions { Args = [], ProcessFile = second, ConsoleSocket = console, Detach = console is not null });
            case "start":
                Start.Run(context, first);
                return 0;
            case "delete":
                Delete.Run(context, first, force: false);
                return 0;
            case "pause":
                Pause.Run(context, first);
                return 0;
            case "resume":
                Resume.Run(context, first);
                return 0;
            case "update":
                Update.Run(context, first, ConfigReader.ReadResources(Encoding.UTF8.GetBytes(second)));
                return 0;
            default:
                Create.Make(context, second, new CreateOptions { Bundle = first, ConsoleSocket = console }).Dispose();
                return 0;
        }
    }
}
