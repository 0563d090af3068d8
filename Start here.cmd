@echo off
rem Sets the program up and opens what there is to see. Double-click it in the unpacked folder.
setlocal EnableExtensions DisableDelayedExpansion
title Bookout reports
set "OLD="
set "VERSION="
if not exist "%~dp0bootstrap.py" goto not_unpacked

echo Looking for Python ...
rem "python" may be the link to the Microsoft Store, which fails when it gets arguments.
call :look_at 3
rem The newest Python may be newer than those that the packages are made for, or have 32 bit.
for %%V in (3.14 3.13 3.12 3.11 3.10) do if not defined VERSION call :look_at %%V
if defined VERSION goto with_py
set "VERSION=3"
py -3 -c "import sys; sys.exit(sys.version_info < (3, 10))" >nul 2>nul
if "%ERRORLEVEL%"=="0" goto with_py
py -3 -c "" >nul 2>nul
if "%ERRORLEVEL%"=="0" set "OLD=1"
python -c "import sys; sys.exit(sys.version_info < (3, 10))" >nul 2>nul
if "%ERRORLEVEL%"=="0" goto with_python
python -c "" >nul 2>nul
if "%ERRORLEVEL%"=="0" set "OLD=1"
goto no_python

:with_py
py -%VERSION% "%~dp0bootstrap.py" %*
goto ended

:look_at
py -%1 -c "import sys; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 14) or sys.maxsize < 2**32)" >nul 2>nul
if "%ERRORLEVEL%"=="0" set "VERSION=%1"
exit /b 0

:with_python
python "%~dp0bootstrap.py" %*
goto ended

:ended
set "STATUS=%ERRORLEVEL%"
rem 130: somebody pressed Ctrl-C.
if "%STATUS%"=="0" exit /b 0
if "%STATUS%"=="130" exit /b 130
goto keep_open

:not_unpacked
set "STATUS=2"
echo This file was opened from within the ZIP file, or was taken out of its folder.
echo.
echo Close this window, right-click the ZIP file, choose "Extract All...", and double-click
echo "Start here" in the folder that this makes.
goto keep_open

:no_python
set "STATUS=2"
if defined OLD echo The Python on this computer is too old: the program needs Python 3.10 or newer.
if not defined OLD echo Python is not installed, or cannot be found. The program needs Python 3.10 or newer.
echo.
echo 1. Get Python 3.14, 64 bit, from https://www.python.org/downloads/
echo 2. In the first window of its installer, tick "Add python.exe to PATH".
echo 3. Then double-click "Start here" again.
goto keep_open

:keep_open
rem Who gives commands has a window that stays.
if not "%~1"=="" exit /b %STATUS%
echo.
echo Press any key to close this window.
pause >nul
exit /b %STATUS%
